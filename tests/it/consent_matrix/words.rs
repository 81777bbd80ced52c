//! What the matrix says about itself.

pub const HEADING: &str = "\
THE CONSENT MATRIX
==================

What each kind of caller gets of each part of a customer's profile, in each state of that customer's consent. This text
is written by a test, which asks a running server over HTTP, on SQLite and on PostgreSQL; it fails when a single word of
it changes. Every customer here has said something about everything, so an empty answer is never for want of data.

The customer's consent, where there is any, is for the bank, for the purpose CUSTOMER_CARE, and for all seven parts, unless
the title of a block says otherwise. Whoever calls declares CUSTOMER_CARE unless the row says otherwise.

Who calls:
  the bank's app                   registered by the operator for all seven parts and all purposes
    declaring ANALYTICS instead    the same app, asking for another purpose
    declaring DIRECT_MARKETING     the same app, asking to advertise
    only for NAME and LANGUAGE     another app of the bank, registered for these two parts
    only for ANALYTICS             another app of the bank, registered for that purpose
  the bank's care agent            somebody who answers the bank's customers
    declaring ANALYTICS instead    the same person, asking for another purpose
  the bank's administrator         somebody who looks after the bank's apps and people, and reads nobody
  the shop's app                   an app of another brand, registered for everything
  the shop's care agent            somebody who answers the customers of another brand
  another customer                 signed in; has nothing to do with this one
  nobody in particular             no access token

What they get:
  value      what the customer has stored there, and nothing of anybody else
  []         a list without entries
  null       the profile is there, this part of it is not shown
  nobody     no profile at all: the same answer as for a person who does not exist
  FORBIDDEN  this caller may never ask this, whoever it is about (HTTP 403)
  401        this caller has not said who it is (HTTP 401)
  access     not data of the customer's: how consent stands, part by part

1. By a handle: profile(by: {handle}, purpose)
----------------------------------------------
The same holds, by the same test, for `profiles` with several people, under aliases, through fragments and through inline
fragments with @include; what @include(if: false) leaves out is not there and not recorded.
";

pub const BY_ID: &str = "

2. By the brand's own id of the customer: profile(by: {id}, purpose)
--------------------------------------------------------------------
The id is the bank's own, or, where the bank has never had consent, the shop's own. The answers are as above, except in these
states: an id goes on naming the customer when a handle has gone, and another brand's id names nobody.
";

pub const BY_NODE: &str = "

3. By the same id without any purpose: node(id)
-----------------------------------------------
Nobody gets any data. A brand that has live consent for some purpose that the app may declare learns how it stands.
";
