# Lo que dicen las páginas en español. Palabras sencillas: compartir, dejar de compartir, cambiar, quién miró.

# El marco
skip = Ir al contenido
nav-label = Páginas principales
nav-about-me = Sobre mí
nav-sharing = Lo que comparto
nav-looked = Quién miró
nav-receipts = Recibos
nav-needs = Lo que necesito
nav-profile = Mi perfil
nav-likes = Lo que me gusta
nav-links = Mis perfiles vinculados
nav-data = Mis datos
nav-security = Seguridad
nav-help = Ayuda
see-the-query = Ver la consulta
see-the-query-why = Esta página es un cliente del esquema GraphQL público. Esto es todo lo que ha preguntado.
optional = (opcional)
save = Guardar
add = Añadir
remove = Quitar
remove-label = Quitar { $thing }
details = Detalles
details-label = Detalles de lo que puede ver { $brand }
see-all = Ver todo
show-more = Ver más
go-on = Continuar
since = Desde
until = hasta el
why = Para qué

# Fechas
date = { $day } de { $month } de { $year }
time = { $date }, { $time } ({ $zone })
month-1 = enero
month-2 = febrero
month-3 = marzo
month-4 = abril
month-5 = mayo
month-6 = junio
month-7 = julio
month-8 = agosto
month-9 = septiembre
month-10 = octubre
month-11 = noviembre
month-12 = diciembre
days-left = { $days ->
    [0] hoy
    [one] queda { $days } día
   *[other] quedan { $days } días
}
for-days = { $days ->
    [365] 1 año
    [one] { $days } día
   *[other] { $days } días
}
how-long = ¿Por cuánto tiempo?

# Entrar
welcome-title = Tú decides lo que las marcas saben de ti
welcome-text = Cuando escribes a una empresa, ayuda que sepan quién eres. Aquí dices qué puede ver cada una.
welcome-you-decide = Compartes con una marca cada vez, para un fin, hasta una fecha.
welcome-you-stop = Lo dejas cuando quieras. Surte efecto al momento.
welcome-you-see = Ves quién miró, cuándo y para qué.
sign-in = Entrar
sign-in-other = Entrar de otra forma
sign-in-at = Entrar con { $provider }
sign-in-there = Entra allí
sign-out = Salir
sign-up = Crear una cuenta
sign-up-none-yet = ¿Aún no tienes cuenta? Crea una
sign-up-have-one = ¿Ya tienes cuenta? Entra
email = Correo electrónico
email-hint = Sirve para entrar. Las marcas no lo ven.
password = Contraseña
password-hint = Al menos 8 caracteres, difícil de adivinar. Puedes pegarla.
new-password = Contraseña nueva
display-name = Cómo llamarte
code = El código del correo
code-sent = Si existe esa cuenta, un código va de camino por correo. Sirve durante 15 minutos.
send-code = Envíame un código
reset-title = He olvidado mi contraseña
reset-text = Te enviamos un código por correo. Con él eliges una contraseña nueva. Entonces se cierra tu sesión en todos los demás sitios. Si nunca habías demostrado que esta dirección es tuya, los perfiles vinculados hasta ahora se desvinculan.
reset-complete = Poner la contraseña nueva
claim-title = Una marca trajo mis datos aquí: hacerme con la cuenta
claim-text = Si una marca ha traído a Rapport lo que sabe de ti, te espera una cuenta. Enviamos un código a la dirección que tenía la marca.
claim-complete = Hacerme con la cuenta
second-step = Un paso más
second-step-title = Segundo paso al entrar
second-step-on = Para entrar hace falta un segundo paso desde el
second-step-off = Basta la contraseña para entrar. Con un segundo paso no entra nadie más, aunque la sepa.
authenticator-code = Los seis dígitos de tu aplicación de autenticación
authenticator-add = Añadir una aplicación de autenticación
authenticator-secret = Escribe esta clave en tu aplicación de autenticación:
authenticator-open = Abrirla en una aplicación de este dispositivo
authenticator-confirm = Activar el segundo paso
remove-second-step = Desactivar el segundo paso
recovery-code = O uno de tus códigos de recuperación
recovery-code-hint = Cada uno sirve una vez.
recovery-codes = Tus códigos de recuperación
recovery-codes-text = Anótalos o imprímelos ahora: no se vuelven a mostrar. Cada uno te deja entrar una vez si pierdes tu dispositivo.
renew-codes = Crear códigos de recuperación nuevos
codes-left = { $count ->
    [one] Queda { $count } código de recuperación.
   *[other] Quedan { $count } códigos de recuperación.
}
passkeys = Llaves de acceso
passkeys-text = Entra con tu huella, tu cara o el bloqueo de tu dispositivo, sin contraseña.
passkey-sign-in = Entrar con una llave de acceso
passkey-use = Usar mi llave de acceso
passkey-add = Añadir una llave de acceso
passkey-make = Crear la llave en este dispositivo
passkey-name = Un nombre para ella, como "mi móvil"
passkey-failed = No ha funcionado. No se ha cambiado nada. Inténtalo otra vez o usa tu contraseña.
passkey-script = Las llaves de acceso necesitan JavaScript. Todo lo demás funciona sin él.
prove-title = ¿Eres tú?
prove-text = Esto pesa mucho, así que muestra una vez más que eres tú. Lo que has escrito no se pierde.
prove-mail = No tengo contraseña: envíame un código por correo

# Lo que comparto
hello = Hola, { $name }.
sharing-count = { $count ->
    [0] Ninguna marca puede ver nada de ti.
    [one] Una marca puede ver algo de ti.
   *[other] { $count } marcas pueden ver algo de ti.
}
sharing-nothing = Nadie puede ver nada de ti. Las marcas te preguntarán aquí.
sharing-link = Vincula un perfil para que las marcas te reconozcan cuando escribas
sharing-now = Compartes ahora
last-looked = Quién miró por última vez:
last-looked-at = Miró por última vez:
never-looked = Aún no ha mirado
reads-lately = { $count ->
    [one] { $count } vez en 30 días
   *[other] { $count } veces en 30 días
}
requests = { $count ->
    [one] Una marca te pregunta
   *[other] { $count } marcas te preguntan
}
look-at-it = Verlo
answer-until = Puedes contestar hasta el
ended = { $count ->
    [one] Terminado (1)
   *[other] Terminados ({ $count })
}
ended-at = Terminó
brand-knows = Confirmado por { $brand }
brand-deleted = Sí; dice que ha borrado lo que tenía ({ $at })
brand-silent = Aún no. Terminó en el acto de todos modos.
state-ACTIVE = Compartes
state-PAUSED = En pausa
state-WITHDRAWN = Lo dejaste tú
state-REVOKED = Lo terminaron ellos
state-EXPIRED = Venció
state-INVALIDATED = Nunca fue válido
stop-sharing = Dejar de compartir
stop-brand = Dejar todo con ellos
stop-brand-label = Dejar todo con ellos: { $brand }
stop-thing-label = Dejar de compartir { $thing } con { $brand }
stop-all = Dejar de compartir todo
pause-all = Poner todo en pausa
resume-all = Reanudar lo que está en pausa
pause = Pausar
resume = Reanudar

# Lo que se puede compartir
scope-NAME = Cómo llamarte
scope-CONTACT = Cómo contactarte
scope-HANDLES = Tus perfiles vinculados
scope-AREA = Tu zona
scope-LANGUAGE = Tu idioma
scope-PREFERENCES = Lo que te gusta
scope-CONTEXT = Lo que necesitas ahora
holds-NAME = nombre para mostrar; nombre y apellidos; pronombres
holds-CONTACT = correo; teléfono; cuál prefieres
holds-HANDLES = tus nombres en X, correo y otros sitios
holds-AREA = código postal, región, país; nunca dónde estás
holds-LANGUAGE = idioma y zona horaria
holds-PREFERENCES = lo que escribiste en "Lo que me gusta"
holds-CONTEXT = lo que escribiste en "Lo que necesito"
purpose-CUSTOMER_CARE = Para contestarte cuando preguntas
purpose-PERSONALISATION = Para adaptar las cosas a ti
purpose-RECOMMENDATIONS = Para sugerirte cosas
purpose-DIRECT_MARKETING = Para contarte ofertas
purpose-ANALYTICS = Para contar, sin tu nombre, en informes
channel = Dónde
channel-X = X
channel-FACEBOOK = Facebook
channel-INSTAGRAM = Instagram
channel-MASTODON = Mastodon
channel-LINKEDIN = LinkedIn
channel-EMAIL = Correo electrónico
channel-PHONE = Teléfono
channel-WEB = El sitio de una marca

# Una marca
sees-now = Lo que { $brand } ve ahora mismo
sees-nothing = Nada, por el momento.
no-value = No lo has rellenado, así que no hay nada que ver.
changes = Todo lo que ha pasado
change-joined = Ahora incluye:
change-left = Ya no incluye:
change-end = Cambiar por cuánto tiempo
renew = Compartir hasta entonces
renew-confirm = Vas a compartir por más tiempo
ends-before = Terminaba el
ends-after = terminará el
keep-as-is = Dejarlo como está
share-again = Compartir otra vez
share-with = ¿Qué puede ver { $brand }?
event-GIVEN = Compartido
event-NARROWED = Compartido menos
event-WIDENED = Compartido más
event-RENEWED = Fin cambiado
event-PAUSED = En pausa
event-RESUMED = Reanudado
event-WITHDRAWN = Dejado
event-REVOKED = Terminado por ellos
event-EXPIRED = Venció
event-INVALIDATED = Resultó no haber sido válido
event-REFUSED = No compartido
event-MARKETING_BLOCKED = Ofertas bloqueadas
event-MARKETING_ALLOWED = Ofertas permitidas
event-ERASED = Cuenta borrada
by-CUSTOMER = por ti
by-BRAND = por la marca
by-OPERATOR = por nosotros
by-CLOCK = por su fecha

# Dejar de compartir
stop-thing = ¿Dejar de compartir "{ $thing }" con { $brand }?
stop-all-of-brand = ¿Dejar de compartir todo con { $brand }?
stop-all-title = ¿Dejar de compartir todo con todos?
stop-all-text = Nadie ve ya nada de ti. Lo que escribiste se queda aquí, para ti.
stop-at-once = Surte efecto al momento.
what-changes = Qué cambia
stop-no-longer = { $brand } deja de ver:
stop-no-longer-for = { $brand } deja de ver todo
stop-asked-again = Cuando escribas a { $brand }, quizá tengan que preguntártelo.
stop-share-again = Puedes volver a compartir más adelante.
what-they-hold = Lo que ya tienen
stop-they-hold = Rapport no puede quitarle a { $brand } lo que anotó antes.
stop-one-they-hold = Si lo dejas todo con ellos, puedes pedirles que lo borren todo.
deletion = Pedirles que borren lo que tienen
deletion-means = { $brand } se entera con esto y tiene que borrarlo, salvo que una ley le obligue a conservar algo.
deletion-was-wanted = Les pediste que borraran lo que tienen.
keep-sharing = Seguir compartiendo
stop-over = No compartes nada con { $brand }
stop-over-text = Esto ya ha terminado. { $brand } no ve nada.
changed-meanwhile = Lo que compartes ha cambiado mientras tanto. Ahora no se ha cambiado nada; míralo otra vez.

# Te preguntan
request-title = Una marca te pregunta
request-text = Nadie se entera de que has abierto este enlace. Mira lo que piden; decides después.
request-over = Esta petición ha terminado
request-over-text = Se contestó, venció o era para otra persona.
asks-title = { $brand } pregunta: ¿podemos ver esto?
you-get = Lo que recibes
you-can-stop = Si cambias de idea
you-can-stop-text = Puedes dejarlo cuando quieras, al momento.
choose-things = Elige lo que quieres compartir
required = hace falta para esto
sensitive = delicado
shared-already = ya lo compartes
share = Compartir
do-not-share = No compartir
refuse-text = Si no compartes, nada cambia para ti, y { $brand } no puede volver a preguntar en 90 días.
notice = Las condiciones exactas
share-more = ¿Compartir más con { $brand }?
share-more-text = Ya compartes algo con { $brand }. Cambiaría esto:
joins = También podrán ver:

# Sobre mí
profile-text = Solo lo ven las marcas con las que compartes, y solo las partes que compartes.
given-name = Nombre
family-name = Apellidos
pronouns = Pronombres
phone = Número de teléfono
phone-hint = Con el país delante, como +34 912 345 678
preferred-channel = Dónde prefieres que te contacten
no-preference = Sin preferencia
postal-code = Código postal
region = Región
country = País
country-hint = Dos letras, como ES o GB
locale = Idioma
locale-hint = Como en o es-MX
time-zone = Zona horaria
time-zone-hint = Como Europe/Madrid
likes-text = Las marcas con las que lo compartes pueden adaptar las cosas a ti.
likes-none = Nada todavía.
likes-add = Añadir algo
category = Sobre qué
category-hint = Como viajes o comida
like-key = Qué
like-key-hint = Como asiento
like-value = Cómo te gusta
like-value-hint = Como ventanilla
marketing = Ofertas
marketing-allowed = Las marcas con las que compartes para ofertas pueden contártelas.
marketing-block = No quiero ofertas de nadie
marketing-blocked = Ninguna marca puede usar tus datos para ofertas. Desde el
marketing-allow = Permitir ofertas otra vez
needs-text = Dilo una vez. Las marcas con las que lo compartes lo ven cuando les escribes.
needs-none = Ahora no necesitas nada.
needs-add = Decir lo que necesito
need-topic = ¿De qué se trata?
need-topic-hint = En pocas palabras, como "tarjeta rechazada"
need-details = Qué ha pasado
need-area = Dónde
need-area-hint = Solo si importa, como un código postal
need-outcome = Qué lo resolvería
need-outcome-hint = Como "llamadme hoy"
need-for = Quién puede verlo
for-whom-you-share = todas las marcas con las que lo compartes
only-for = solo { $brand }
settled = Está resuelto
settled-label = Está resuelto: { $topic }
links-text = Cuando escribes desde uno de estos, una marca con la que compartes sabe que eres tú.
links-none = Ninguno todavía.
links-add = Vincular un perfil
handle = Tu nombre allí
handle-hint = Como @maria, un correo o un teléfono
verified = Probado
link-due = Pruébalo otra vez: las marcas ya no te encuentran por él
link-due-at = hay que probarlo otra vez antes del
renew-link = Probar otra vez
renew-link-label = Probar otra vez: { $handle }
unlink = Desvincular
unlink-label = Desvincular { $handle }
link-by = Vincular entrando en { $provider }
link-message = Envíanos un mensaje desde allí
link-message-text = Envía esto, solo o entre otras palabras:
link-message-to = A:
link-message-warning = No envíes nunca un texto así por otra persona: tu perfil pasaría a ser suyo.
link-message-done = Ya lo he enviado
link-sign-in = Entra allí
link-sign-in-go = Ir a { $channel }
link-code = Escribe el código que te hemos enviado
link-complete = Vincularlo
holds-until = Sirve hasta el

# Registros
looked-text = Cada vez que una marca te buscó, tuviera respuesta o no.
looked-none = Nadie ha mirado todavía.
looked-unreadable = Ya no se puede leer lo que se pidió: este registro está dañado. Por favor, dínoslo.
looked-of = Quién miró en { $brand }
filter-brand = Qué marca
filter-answered = Qué miradas
filter-all = todas
filter = Ver estas
looked-file = Descargar esta lista
reader-APP = un programa
reader-AGENT = un agente de atención
reader-EXECUTIVE = un directivo
reader-ADMIN = un administrador
answered = Tuvo respuesta
blocked = No recibió nada
no-purpose = sin decir para qué
saw = Vio:
was-refused = No recibió:
exactly = Exactamente
outcome-GRANTED = se vio
outcome-NOT_GRANTED = no se compartía
outcome-PAUSED = estaba en pausa
outcome-WITHDRAWN = habías dejado de compartirlo
outcome-EXPIRED = había vencido
proof-place = Este registro es el número { $place } de un diario que nadie puede cambiar sin que se note. El diario se firmó así:
proof-soon = Su lugar en el diario llega en un segundo.
under-which = Lo que compartías
receipt = Recibo
receipt-label = Recibo { $number }: { $kind }
receipts-text = Una prueba firmada de cada vez que compartiste, cambiaste o dejaste algo.
receipts-none = Ninguno todavía.
receipt-mailed = Surtió efecto entonces. El recibo va de camino por correo también.
receipt-download = Descargar el recibo
receipt-says = Lo que dice
receipt-verify = Cualquiera puede comprobarlo sin fiarse de nosotros: rapport receipt verify ARCHIVO.

# Mis datos
data-copy = Tener una copia
data-copy-text = Todo lo que se guarda de ti, en un archivo (JSON).
data-copy-get = Obtener mi copia
data-correct = Corregir algo
data-correct-text = Lo que esté mal puedes cambiarlo tú:
data-stop = Pausar o dejar todo
erase-title = Borrar mi cuenta
erase-text = Desaparece todo lo que se guarda de ti. Antes ves lo que va a pasar.
erase-first = Te mostramos lo que va a pasar. Todavía no se borra nada.
erase-ask = Mostrarme lo que va a pasar
erase-grants = { $count ->
    [0] No compartes con nadie.
    [one] Termina lo que compartes con una marca.
   *[other] Termina lo que compartes, { $count } veces.
}
erase-brands = A estas marcas se les dice que te has ido:
erase-reads = { $count ->
    [0] nunca miró
    [one] miró una vez
   *[other] miró { $count } veces
}
erase-everything = Tu perfil, vínculos, necesidades y acceso se borran al momento.
erase-receipts = Las marcas conservan sus recibos, sin una palabra de tus datos.
erase-final = Nadie puede deshacerlo, tampoco nosotros.
erase-now = Borrar todo
erase-not = Conservar mi cuenta

# Seguridad
sessions = Dónde has entrado
unknown-device = Un dispositivo
this-one = este
last-seen = Usado por última vez:
last-used = usada por última vez:
end-session = Salir allí
end-session-label = Salir allí: dispositivo { $number }
end-others = Salir en todos los demás
password-change = Cambiar la contraseña
password-current = La contraseña de ahora
email-change = Cambiar la dirección con la que entras
email-now = Ahora es
email-new = La dirección nueva

# Ayuda
help-stop = ¿Cómo dejo de compartir?
help-stop-text = En "Lo que comparto", elige "Dejar de compartir" junto a lo que quieras dejar. Surte efecto al momento.
help-see = ¿Cómo veo quién miró mis datos?
help-see-text = Elige "Quién miró". Ahí está cada mirada, también las que no recibieron nada.
help-wrong = Algo sobre mí está mal
help-wrong-text = Cámbialo en "Mi perfil", "Lo que me gusta", "Lo que necesito" o "Mis perfiles vinculados".
help-lost = No puedo entrar
help-lost-text = Elige "He olvidado mi contraseña" donde se entra. Si has perdido tu segundo dispositivo, usa un código de recuperación.
help-complain = Quiero reclamar
help-complain-text = Escribe a la marca, o a nosotros: la dirección está en las condiciones de cada petición. También puedes acudir a tu autoridad de protección de datos.

# Lo que se ha hecho
done-sign-in = Has entrado.
done-second-factor = Has entrado.
done-passkey = Has entrado.
done-sign-up = Tu cuenta está lista. Di cómo deben llamarte las marcas, si quieres.
done-sign-out = Has salido.
done-complete = Hecho.
done-pause-all = En pausa. Nadie ve nada de ti hasta que lo reanudes.
done-resume-all = Reanudado.
done-pause = En pausa. No ven nada hasta que lo reanudes.
done-resume = Reanudado.
done-renew = Se ha cambiado el fin.
done-stop-all = Dejado. Nadie ve ya nada de ti.
done-refuse = No has compartido. Nada ha cambiado.
done-save = Guardado.
done-marketing = Guardado.
done-state = Guardado. Las marcas con las que lo compartes lo ven desde ahora.
done-clear = Está resuelto y se ha quitado.
done-unlink = Desvinculado. Nadie te encuentra ya por él.
done-end = Has salido allí.
done-end-others = Has salido en todos los demás.
done-password = La contraseña se ha cambiado y has salido en todos los demás.
done-complete-email = La dirección se ha cambiado y has salido en todos los demás.
done-remove-second-factor = El segundo paso está desactivado.
done-remove-passkey = La llave de acceso se ha quitado.
done-erase = Tu cuenta se ha borrado.

# Lo que estaba mal
mistakes = Hay algo que revisar
mistake-AWAY = No se ha podido confirmar. Lo que ves abajo es cómo están las cosas ahora; si no ha cambiado nada, inténtalo otra vez.
mistake-INVALID = Algo del formulario no tiene la forma que necesita.
mistake-TOO_LONG = Es demasiado largo.
mistake-WEAK_PASSWORD = Esta contraseña es demasiado fácil de adivinar.
mistake-TAKEN = Ya hay una cuenta con esta dirección. Entra con ella.
mistake-NOT_FOUND = No lo encontramos.
mistake-WRONG_CREDENTIALS = La dirección y la contraseña no encajan.
mistake-WRONG_CODE = Este código no es correcto.
mistake-EXPIRED = Esto ha vencido. Empieza otra vez.
mistake-ALREADY_GRANTED = Ya compartes con esta marca para este fin.
mistake-WRONG_STATE = Ya no se puede hacer: ha cambiado mientras tanto.
mistake-OUT_OF_RANGE = Esta fecha no se puede elegir.
mistake-TOO_MANY_TRIES = Demasiados intentos. Vuelve más tarde.
mistake-UNSUPPORTED_CHANNEL = Ahí no se puede hacer.
mistake-MARKETING_BLOCKED = Has dicho que no quieres ofertas, o lo dice tu navegador.
mistake-ALREADY_PENDING = Ya hay otra petición de esta marca que espera tu respuesta.
mistake-RESTING = Hace poco no quisiste compartir con esta marca, así que aún no puede volver a preguntar.
mistake-NOT_LINKED = Era para un perfil que no has vinculado.
mistake-STEP_UP_REQUIRED = Muestra una vez más que eres tú.
mistake-UNAVAILABLE = Alguien que hace falta no responde por el momento. Inténtalo pronto.
mistake-LAST_ADMIN = Esto no se puede hacer.
trouble-not-found = Aquí no hay nada
trouble-not-found-text = La dirección no es correcta, o lo que había ya no está.
trouble-form = Esto no vino de una de nuestras páginas
trouble-form-text = No se ha cambiado nada. Vuelve atrás e inténtalo otra vez.
trouble-foreign = Este formulario no es de este navegador
trouble-foreign-text = No se ha cambiado nada. Los formularios solo funcionan desde páginas hechas para este navegador, y hay que permitir las cookies. Vuelve atrás, recarga la página e inténtalo otra vez.
trouble-limited = Demasiadas veces por ahora
trouble-limited-text = No se ha cambiado nada. Vuelve dentro de un rato.
trouble-away = No disponible por el momento
trouble-away-text = Ahora no podemos contestar. Inténtalo pronto.
trouble-back = A la primera página
returned-linked = El perfil está enlazado
returned-linked-text = Desde ahora es tuyo aquí. Puedes cerrar esta página.
returned-signed-in = Has entrado
returned-signed-in-text = Vuelve a donde empezaste.
returned-unfit = Esto no se puede terminar
returned-unfit-text = Este intento no empezó aquí o ya no vale. Empieza de nuevo.
returned-denied = No se ha enlazado nada
returned-denied-text = Allí no diste tu acuerdo. Empieza de nuevo si quieres.
returned-no-handle = No se ha enlazado nada
returned-no-handle-text = El otro lado no dice qué perfil es tuyo, o no lo ha comprobado.
returned-provider-away = No se ha enlazado nada
returned-provider-away-text = El otro lado no responde o responde mal. Inténtalo más tarde.
returned-unknown = Nadie de aquí está enlazado a esto
returned-unknown-text = Ninguna cuenta de aquí está enlazada a esta. Entra y enlázala primero.
returned-away = No disponible por ahora
returned-away-text = No se ha cambiado nada. Empieza de nuevo en un momento.

# Lo que pide una aplicación
cannot-go-on = Esto no puede seguir
cannot-go-on-text = No se ha cambiado nada y nadie se entera de nada. Vuelve al sitio del que venías e inténtalo allí otra vez.
sign-in-to-decide = Entra para decidir qué puede ver { $brand }
sign-in-learns-nothing = { $brand } no se entera de nada porque entres aquí.
either-code = Los seis dígitos de tu autenticador, o uno de tus códigos de recuperación
rests-title = No has compartido con { $brand }
rests-text = { $brand } no puede volver a pedírtelo antes del
rests-more = No se comparte nada. Si has cambiado de idea, puedes compartir desde tu cuenta cuando quieras.
go-back-to = Volver a { $host }
go-on-to = ¿Seguir a { $brand }?
go-back-learns = No se pide nada más. Vuelves a { $host }, que se entera de que eres tú.
go-back-either-way = En los dos casos vuelves a { $host }, que se entera de lo que has elegido.
shared-all = Ya compartes esto con { $brand }, hasta el
shared-this = Esto ya lo compartes:
shared-until = Hasta el
asks-with-app = { $brand } pregunta con su aplicación { $app }.
cancel = Cancelar
