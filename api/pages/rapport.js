// Passkeys: what the server has asked for stands in the form, and goes to the browser; what it answers goes back by the form.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  const button = form.querySelector('button');
  const said = form.querySelector('[role=status]');
  const ask = async () => {
    const { parseCreationOptionsFromJSON: creation, parseRequestOptionsFromJSON: request } = PublicKeyCredential;
    const options = JSON.parse(form.dataset.options);
    const credential = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey: creation.call(PublicKeyCredential, options) })
      : await navigator.credentials.get({ publicKey: request.call(PublicKeyCredential, options) });
    form.querySelector('[data-credential]').value = JSON.stringify(credential.toJSON());
    form.submit();
  };
  button.hidden = false;
  button.addEventListener('click', (event) => {
    event.preventDefault();
    ask().catch(() => { said.textContent = form.dataset.failed; });
  });
}
