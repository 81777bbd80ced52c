# What the pages say in English. Plain words: share, stop sharing, change, who looked.

# The frame
skip = Skip to the content
nav-label = Main pages
nav-about-me = About me
nav-sharing = My sharing
nav-looked = Who looked
nav-receipts = Receipts
nav-needs = What I need
nav-profile = My profile
nav-likes = What I like
nav-links = My linked profiles
nav-data = My data
nav-security = Security
nav-help = Help
see-the-query = See the query
see-the-query-why = This page is a client of the public GraphQL schema. This is all that it asked.
optional = (optional)
save = Save
add = Add
remove = Remove
remove-label = Remove { $thing }
details = Details
details-label = Details of what { $brand } can see
see-all = See all
show-more = Show more
go-on = Go on
since = Since
until = until
why = Why

# Times
date = { $day } { $month } { $year }
time = { $date }, { $time } ({ $zone })
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
days-left = { $days ->
    [0] today
    [one] { $days } day left
   *[other] { $days } days left
}
for-days = { $days ->
    [365] 1 year
    [one] { $days } day
   *[other] { $days } days
}
how-long = For how long?

# Coming in
welcome-title = You decide what brands know about you
welcome-text = When you write to a company, it helps if they know who you are. Here you say what each of them may see.
welcome-you-decide = You share with one brand at a time, for one reason, until a date.
welcome-you-stop = You stop whenever you like. It works at once.
welcome-you-see = You see who looked, when and why.
sign-in = Sign in
sign-in-other = Sign in another way
sign-in-at = Sign in at { $provider }
sign-in-there = Sign in there
sign-out = Sign out
sign-up = Make an account
sign-up-none-yet = No account yet? Make one
sign-up-have-one = Have an account already? Sign in
email = E-mail address
email-hint = You sign in with it. Brands do not see it.
password = Password
password-hint = At least 8 characters, hard to guess. You may paste it.
new-password = New password
display-name = What to call you
code = The code from the mail
code-sent = If there is such an account, a code is on its way by mail. It works for 15 minutes.
send-code = Send me a code
reset-title = I forgot my password
reset-text = We mail you a code. With it you choose a new password. You are then signed out everywhere else. If you never showed before that this address is yours, the profiles that were linked until now are unlinked.
reset-complete = Set the new password
claim-title = A brand brought my data here: take over the account
claim-text = If a brand has brought what it knows about you to Rapport, an account waits for you. We mail a code to the address that the brand had.
claim-complete = Take over the account
second-step = One more step
second-step-title = Second step when signing in
second-step-on = Signing in takes a second step since
second-step-off = The password is enough to sign in. A second step keeps others out even if they know it.
authenticator-code = The six digits from your authenticator app
authenticator-add = Add an authenticator app
authenticator-secret = Type this key into your authenticator app:
authenticator-open = Open it in an app on this device
authenticator-confirm = Turn on the second step
remove-second-step = Turn off the second step
recovery-code = Or one of your recovery codes
recovery-code-hint = Each works once.
recovery-codes = Your recovery codes
recovery-codes-text = Write them down or print them now: they are not shown again. Each lets you in once if you lose your device.
renew-codes = Make new recovery codes
codes-left = { $count ->
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
}
passkeys = Passkeys
passkeys-text = Sign in with your fingerprint, your face or the lock of your device, without a password.
passkey-sign-in = Sign in with a passkey
passkey-use = Use my passkey
passkey-add = Add a passkey
passkey-make = Make the passkey on this device
passkey-name = A name for it, such as "my phone"
passkey-failed = That did not work. Nothing was changed. Try again, or use your password.
passkey-script = Passkeys need JavaScript. Everything else here works without.
prove-title = Is it you?
prove-text = This weighs a lot, so please show once more that it is you. What you typed is not lost.
prove-mail = I have no password: mail me a code

# My sharing
hello = Hello { $name }.
sharing-count = { $count ->
    [0] No brand can see anything about you.
    [one] One brand can see something about you.
   *[other] { $count } brands can see something about you.
}
sharing-nothing = Nobody can see anything about you. Brands will ask here.
sharing-link = Link a profile, so that brands know you when you write
sharing-now = Sharing now
last-looked = Who looked last:
last-looked-at = Last looked
never-looked = Has not looked yet
reads-lately = { $count ->
    [one] { $count } time in 30 days
   *[other] { $count } times in 30 days
}
requests = { $count ->
    [one] One brand asks you
   *[other] { $count } brands ask you
}
look-at-it = Look at it
answer-until = You can answer until
ended = { $count ->
    [one] Ended (1)
   *[other] Ended ({ $count })
}
ended-at = Ended
brand-knows = Confirmed by { $brand }
brand-deleted = Yes; it says it has deleted what it held ({ $at })
brand-silent = Not yet. It stopped at once all the same.
state-ACTIVE = Sharing
state-PAUSED = Paused
state-WITHDRAWN = Stopped by you
state-REVOKED = Ended by them
state-EXPIRED = Ran out
state-INVALIDATED = Never valid
stop-sharing = Stop sharing
stop-brand = Stop everything with them
stop-brand-label = Stop everything with them: { $brand }
stop-thing-label = Stop sharing { $thing } with { $brand }
stop-all = Stop all sharing
pause-all = Pause all sharing
resume-all = Resume what is paused
pause = Pause
resume = Resume

# Things that can be shared
scope-NAME = What to call you
scope-CONTACT = How to reach you
scope-HANDLES = Your linked profiles
scope-AREA = Your area
scope-LANGUAGE = Your language
scope-PREFERENCES = What you like
scope-CONTEXT = What you need right now
holds-NAME = display name; first and last name; pronouns
holds-CONTACT = e-mail; phone; which you prefer
holds-HANDLES = your names on X, e-mail and other places
holds-AREA = postcode, region, country; never where you are
holds-LANGUAGE = language and time zone
holds-PREFERENCES = what you typed under "What I like"
holds-CONTEXT = what you typed under "What I need"
purpose-CUSTOMER_CARE = To answer you when you ask
purpose-PERSONALISATION = To fit things to you
purpose-RECOMMENDATIONS = To suggest things to you
purpose-DIRECT_MARKETING = To tell you about offers
purpose-ANALYTICS = To count, without your name, in reports
channel = Where
channel-X = X
channel-FACEBOOK = Facebook
channel-INSTAGRAM = Instagram
channel-MASTODON = Mastodon
channel-LINKEDIN = LinkedIn
channel-EMAIL = E-mail
channel-PHONE = Phone
channel-WEB = A brand's own site

# One brand
sees-now = What { $brand } sees right now
sees-nothing = Nothing, for the moment.
no-value = You have not filled this in, so there is nothing to see.
changes = Everything that happened
change-joined = It now includes:
change-left = It no longer includes:
change-end = Change how long
renew = Share until then
renew-confirm = You are about to share for longer
ends-before = It ended on
ends-after = it will end on
keep-as-is = Leave it as it is
share-again = Share again
share-with = What may { $brand } see?
event-GIVEN = Shared
event-NARROWED = Shared less
event-WIDENED = Shared more
event-RENEWED = End changed
event-PAUSED = Paused
event-RESUMED = Resumed
event-WITHDRAWN = Stopped
event-REVOKED = Ended by them
event-EXPIRED = Ran out
event-INVALIDATED = Found never to have been valid
event-REFUSED = Not shared
event-MARKETING_BLOCKED = Offers blocked
event-MARKETING_ALLOWED = Offers allowed
event-ERASED = Account erased
by-CUSTOMER = by you
by-BRAND = by the brand
by-OPERATOR = by us
by-CLOCK = by its date

# Stop
stop-thing = Stop sharing "{ $thing }" with { $brand }?
stop-all-of-brand = Stop sharing everything with { $brand }?
stop-all-title = Stop sharing everything with everybody?
stop-all-text = Nobody sees anything about you any more. What you typed stays here, for you.
stop-at-once = It works at once.
what-changes = What changes
stop-no-longer = { $brand } no longer sees:
stop-no-longer-for = { $brand } no longer sees
stop-asked-again = When you write to { $brand }, they may have to ask you for it.
stop-share-again = You can share again later.
what-they-hold = What they already hold
stop-they-hold = Rapport cannot take back what { $brand } wrote down before.
stop-one-they-hold = If you stop everything with them, you can ask them to delete it all.
deletion = Ask them to delete what they hold
deletion-means = { $brand } is told so with this, and has to delete it unless a law makes them keep some of it.
deletion-was-wanted = You asked them to delete what they hold.
keep-sharing = Keep sharing
stop-over = You do not share with { $brand }
stop-over-text = This has ended already. { $brand } sees nothing.
changed-meanwhile = What you share has changed in the meantime. Nothing was changed now; look again.

# Asked to share
request-title = A brand asks you
request-text = Nobody learns that you opened this link. Look at what they ask; you decide after that.
request-over = This request is over
request-over-text = It was answered, or it ran out, or it was meant for somebody else.
asks-title = { $brand } asks: may we see this?
you-get = What you get
you-can-stop = If you change your mind
you-can-stop-text = You can stop at any time, at once.
choose-things = Choose what you want to share
required = needed for this
sensitive = sensitive
shared-already = shared already
share = Share
do-not-share = Do not share
refuse-text = If you do not share, nothing changes for you, and { $brand } may not ask again for 90 days.
notice = The exact terms
share-more = Share more with { $brand }?
share-more-text = You share something with { $brand } already. This would change:
joins = They may also see:

# About me
profile-text = Only brands that you share with see this, and only the parts that you share.
given-name = First name
family-name = Last name
pronouns = Pronouns
phone = Phone number
phone-hint = With the country in front, such as +34 912 345 678
preferred-channel = Where you would rather be reached
no-preference = No preference
postal-code = Postcode
region = Region
country = Country
country-hint = Two letters, such as ES or GB
locale = Language
locale-hint = Such as en or es-MX
time-zone = Time zone
time-zone-hint = Such as Europe/Madrid
likes-text = Brands that you share this with can fit things to you.
likes-none = Nothing yet.
likes-add = Add something
category = About what
category-hint = Such as travel or food
like-key = What
like-key-hint = Such as seat
like-value = How you like it
like-value-hint = Such as window
marketing = Offers
marketing-allowed = Brands that you share with for offers may tell you about them.
marketing-block = No offers from anybody
marketing-blocked = No brand may use your data for offers. Since
marketing-allow = Allow offers again
needs-text = Say it once. Brands that you share this with see it when you write to them.
needs-none = You need nothing right now.
needs-add = Say what you need
need-topic = What is it about?
need-topic-hint = In a few words, such as "card declined"
need-details = What happened
need-area = Where
need-area-hint = Only if it matters, such as a postcode
need-outcome = What would settle it
need-outcome-hint = Such as "call me today"
need-for = Who may see it
for-whom-you-share = every brand that you share this with
only-for = only { $brand }
settled = It is settled
settled-label = It is settled: { $topic }
links-text = When you write from one of these, a brand that you share with knows that it is you.
links-none = None yet.
links-add = Link a profile
handle = Your name there
handle-hint = Such as @maria, an e-mail address or a phone number
verified = Proven
link-due = Prove it again: brands no longer find you by it
link-due-at = to be proven again by
renew-link = Prove again
renew-link-label = Prove again: { $handle }
unlink = Unlink
unlink-label = Unlink { $handle }
link-by = Link by signing in at { $provider }
link-message = Send us a message from there
link-message-text = Send this, alone or among other words:
link-message-to = To:
link-message-warning = Never send such a text for somebody else: your profile would become theirs.
link-message-done = I have sent it
link-sign-in = Sign in there
link-sign-in-go = Go to { $channel }
link-code = Type the code that we sent
link-complete = Link it
holds-until = It works until

# Records
looked-text = Every time a brand looked you up, whether it got an answer or not.
looked-none = Nobody has looked yet.
looked-unreadable = What was asked for cannot be read any more: this record was damaged. Please tell us.
looked-of = Who looked at { $brand }
filter-brand = Which brand
filter-answered = Which looks
filter-all = all
filter = Show these
looked-file = Download this list
reader-APP = by a program
reader-AGENT = by a care agent
reader-EXECUTIVE = by an executive
reader-ADMIN = by an administrator
answered = Got an answer
blocked = Got nothing
no-purpose = no reason given
saw = Saw:
was-refused = Did not get:
exactly = Exactly
outcome-GRANTED = was seen
outcome-NOT_GRANTED = was not shared
outcome-PAUSED = was paused
outcome-WITHDRAWN = you had stopped sharing it
outcome-EXPIRED = had run out
proof-place = This record is number { $place } in a log that nobody can change unnoticed. The log was signed like this:
proof-soon = Its place in the log follows in a second.
under-which = What you shared
receipt = Receipt
receipt-label = Receipt { $number }: { $kind }
receipts-text = A signed proof of each time you shared, changed or stopped.
receipts-none = None yet.
receipt-mailed = It took effect then. The receipt is on its way by mail, too.
receipt-download = Download the receipt
receipt-says = What it says
receipt-verify = Anybody can check it without trusting us: rapport receipt verify FILE.

# My data
data-copy = Get a copy
data-copy-text = Everything that is held about you, as one file (JSON).
data-copy-get = Get my copy
data-correct = Correct something
data-correct-text = What is wrong you can change yourself:
data-stop = Pause or stop everything
erase-title = Erase my account
erase-text = Everything that is held about you goes. First you see what will happen.
erase-first = We show you what will happen. Nothing is erased yet.
erase-ask = Show me what will happen
erase-grants = { $count ->
    [0] You share with nobody.
    [one] What you share with one brand ends.
   *[other] What you share ends, { $count } times.
}
erase-brands = These brands are told that you are gone:
erase-reads = { $count ->
    [0] it never looked
    [one] it looked once
   *[other] it looked { $count } times
}
erase-everything = Your profile, links, needs and sign-in are erased at once.
erase-receipts = The brands keep their receipts, without a word of your data.
erase-final = Nobody can undo it, not even we.
erase-now = Erase everything
erase-not = Keep my account

# Security
sessions = Where you are signed in
unknown-device = A device
this-one = this one
last-seen = Last used
last-used = last used
end-session = Sign out there
end-session-label = Sign out there: device { $number }
end-others = Sign out everywhere else
password-change = Change the password
password-current = The password as it is
email-change = Change the address to sign in with
email-now = It is now
email-new = The new address

# Help
help-stop = How do I stop sharing?
help-stop-text = On "My sharing", choose "Stop sharing" beside what you want to stop. It works at once.
help-see = How do I see who looked at my data?
help-see-text = Choose "Who looked". Every look is there, also those that got nothing.
help-wrong = Something about me is wrong
help-wrong-text = Change it on "My profile", "What I like", "What I need" or "My linked profiles".
help-lost = I cannot sign in
help-lost-text = Choose "I forgot my password" where you sign in. If you lost your second device, use a recovery code.
help-complain = I want to complain
help-complain-text = Write to the brand, or to us: the address is in the terms of each request. You can also turn to your data protection authority.

# What was done
done-sign-in = You are signed in.
done-second-factor = You are signed in.
done-passkey = You are signed in.
done-sign-up = Your account is there. Say what brands should call you, if you like.
done-sign-out = You are signed out.
done-complete = Done.
done-pause-all = Paused. Nobody sees anything about you until you resume.
done-resume-all = Resumed.
done-pause = Paused. They see nothing until you resume.
done-resume = Resumed.
done-renew = The end was changed.
done-stop-all = Stopped. Nobody sees anything about you any more.
done-refuse = You did not share. Nothing has changed.
done-save = Saved.
done-marketing = Saved.
done-state = Saved. Brands that you share it with see it from now on.
done-clear = It is settled and gone.
done-unlink = Unlinked. Nobody finds you by it any more.
done-end = Signed out there.
done-end-others = Signed out everywhere else.
done-password = The password was changed, and you are signed out everywhere else.
done-complete-email = The address was changed, and you are signed out everywhere else.
done-remove-second-factor = The second step is off.
done-remove-passkey = The passkey was removed.
done-erase = Your account was erased.

# What was wrong
mistakes = This needs a look
mistake-AWAY = This could not be confirmed. What you see below is how things stand now; if nothing has changed, try again.
mistake-INVALID = Something in the form is not of the form that it needs.
mistake-TOO_LONG = This is too long.
mistake-WEAK_PASSWORD = This password is too easy to guess.
mistake-TAKEN = There is an account with this address already. Sign in instead.
mistake-NOT_FOUND = We cannot find this.
mistake-WRONG_CREDENTIALS = Address and password do not fit.
mistake-WRONG_CODE = This code is wrong.
mistake-EXPIRED = This has run out. Begin again.
mistake-ALREADY_GRANTED = You share with this brand for this reason already.
mistake-WRONG_STATE = This cannot be done any more: it has changed in the meantime.
mistake-OUT_OF_RANGE = This date cannot be chosen.
mistake-TOO_MANY_TRIES = Too many tries. Come back later.
mistake-UNSUPPORTED_CHANNEL = This cannot be done there.
mistake-MARKETING_BLOCKED = You have said that you want no offers, or your browser says so.
mistake-ALREADY_PENDING = Another request of this brand waits for your answer already.
mistake-RESTING = You did not share with this brand lately, so it may not ask again yet.
mistake-NOT_LINKED = It was meant for a profile that you have not linked.
mistake-STEP_UP_REQUIRED = Please show once more that it is you.
mistake-UNAVAILABLE = Somebody whom this needs cannot be reached for the moment. Try again soon.
mistake-LAST_ADMIN = This cannot be done.
trouble-not-found = There is nothing here
trouble-not-found-text = The address is wrong, or what was here is gone.
trouble-form = This did not come from one of our pages
trouble-form-text = Nothing was changed. Go back and try again.
trouble-foreign = This form is not from this browser
trouble-foreign-text = Nothing was changed. Forms work only from pages that were made for this browser, and cookies must be allowed. Go back, reload the page and try again.
trouble-limited = Too often for now
trouble-limited-text = Nothing was changed. Come back in a while.
trouble-away = Not available for the moment
trouble-away-text = We cannot answer right now. Try again soon.
trouble-back = To the first page
returned-linked = The profile is linked
returned-linked-text = It is yours here from now on. You can close this page.
returned-signed-in = You are signed in
returned-signed-in-text = Go back to where you began.
returned-unfit = This cannot be finished
returned-unfit-text = This sign-in does not belong to one that was begun here, or is over. Begin again.
returned-denied = Nothing was linked
returned-denied-text = You did not agree there. Begin again if you want to.
returned-no-handle = Nothing was linked
returned-no-handle-text = The other side does not say which profile is yours, or has not verified it.
returned-provider-away = Nothing was linked
returned-provider-away-text = The other side cannot be reached or answers wrongly. Try again later.
returned-unknown = Nobody here is linked to this
returned-unknown-text = No account here is linked to this one. Sign in, and link it first.
returned-away = Not available for the moment
returned-away-text = Nothing was changed. Begin again soon.

# What an app asks
cannot-go-on = This cannot go on
cannot-go-on-text = Nothing was changed, and nobody learns anything. Go back to where you came from and try again there.
sign-in-to-decide = Sign in to decide what { $brand } may see
sign-in-learns-nothing = { $brand } learns nothing by your signing in here.
either-code = The six digits that your authenticator shows, or one of your recovery codes
rests-title = You did not share with { $brand }
rests-text = { $brand } may not ask you for this before
rests-more = Nothing is shared. If you have changed your mind, you can share from your own account at any time.
go-back-to = Go back to { $host }
go-on-to = Go on to { $brand }?
go-back-learns = Nothing more is asked. You go back to { $host }, which learns that it is you.
go-back-either-way = Either way you go back to { $host }, which learns what you chose.
shared-all = You share this with { $brand } already, until
shared-this = You share this already:
shared-until = Until
asks-with-app = { $brand } asks with its app { $app }.
cancel = Cancel
