# English, the fallback of every other language. Write for the person in front of the form: what, why, next step.
# What CleverTap's dashboard shows in English stays in English everywhere: Settings > Passcodes, Settings > Project,
# Project ID, Passcode.

## Advice: one message for each code

verified =
    .title = Connected
    .message = CleverTap accepted these credentials.
    .action = Nothing to do.

check-credentials =
    .title = CleverTap does not accept these credentials
    .message = The account ID and the passcode do not belong together in this region. The passcode may also have expired, or been reset or deleted.
    .action = In your CleverTap dashboard, compare the Project ID under Settings > Project, and create or copy a passcode under Settings > Passcodes. Check that the region is the one in your dashboard's address.

check-credentials-test-project =
    .title = CleverTap does not accept these credentials
    .message = The account ID belongs to a test project (it begins with TEST-), and a passcode of the live project is not valid for it.
    .action = In your CleverTap dashboard, open the test project and copy a passcode from Settings > Passcodes there, or enter the Project ID of the live project.

check-account-id =
    .title = CleverTap does not know this account ID
    .message = No account with this ID exists in the chosen region.
    .action = Copy the Project ID from Settings > Project in your CleverTap dashboard, and check that the region is the one in your dashboard's address.

looks-like-token =
    .title = This looks like an account token, not a passcode
    .message = CleverTap did not accept it, and it has the form of the account token that is meant for the SDKs.
    .action = Copy a passcode from Settings > Passcodes in your CleverTap dashboard.

fields-swapped =
    .title = Account ID and passcode seem to be swapped
    .message = CleverTap did not accept them, and the passcode looks like an account ID.
    .action = Put the Project ID into the account ID field and the passcode into the passcode field, then try again.

choose-region =
    .title = Your account is in another region
    .message = CleverTap does not accept these credentials in { $region }, but it does in { $suggested }.
    .action = Choose { $suggested } as the region and try again.

request-whitelisting =
    .title = CleverTap has not enabled this integration yet
    .message = CleverTap does not list the partner name "{ $partner }" as an approved partner, so it lets nobody connect through it.
    .action = You need not change anything. The provider of this integration must ask CleverTap to whitelist the partner name.

retry-shortly =
    .title = CleverTap cannot be reached right now
    .message = CleverTap gave no usable answer in time. This says nothing about your credentials.
    .action = Wait a moment and try again. If it lasts, look at CleverTap's status page.

retry-shortly-overloaded =
    .title = The service is busy
    .message = Too many verifications are running at this moment. This says nothing about your credentials.
    .action = Wait a moment and try again.

slow-down =
    .title = Too many requests
    .message = This integration sends more requests than were agreed.
    .action = Wait a moment and try again.

too-many-attempts =
    .title = Too many attempts with this account
    .message = Several different credentials were refused for this account, so that further attempts are paused for its protection.
    .action = Wait until the pause is over. Meanwhile, copy a current passcode from Settings > Passcodes in your CleverTap dashboard.

contact-operator =
    .title = Something unexpected happened
    .message = The verification ended without a result, and trying again is not likely to help. This says nothing about your credentials.
    .action = Contact the support of this integration and give them the request ID.

fix-request =
    .title = The request cannot be processed
    .message = The integration sent a request that the service does not understand or may not answer.
    .action = The provider of this integration must correct it.

fix-request-fields =
    .title = Please check your entries
    .message = At least one field is missing or cannot be used.
    .action = Correct the marked fields and try again.

## Field errors: what is wrong, and what is allowed

error-missing = This field is required.
error-empty = This field must not be empty.
error-wrong-type = This field must be a text, and it is of type { $found }.
    .flag = This field must be true or false, and it is of type { $found }.
error-too-long = This field must have at most { $most } characters.
error-unusable-characters = This field may contain only Latin letters without accents, digits and punctuation, and no spaces.
error-unknown-region = This is no known region. Use one of { $known }, or auto, or paste the address of your CleverTap dashboard.
error-no-origin = Allowed is the origin of a page: scheme, host and port alone, such as https://dash.example.com.
error-out-of-range = Allowed is a whole number from 1 to { $most }.

## Warnings

warning-repaired =
    .account-id = Spaces, quotation marks or typographic dashes around or in the account ID were corrected.
    .passcode = Spaces or quotation marks around the passcode were removed.
    .region = Spaces or quotation marks around the region were removed.
warning-unusual-shape =
    .account-id = This does not look like a CleverTap account ID, which usually has the form XXX-XXX-XXXX.
warning-url-conflict =
    .account-id = The pasted dashboard address belongs to another account ID than the one entered. The entered one was used.
    .region = The dashboard address entered as the account ID belongs to another region than the chosen one. The chosen region was used.

## Problems: title, and what it means

problem-malformed-json = Malformed JSON
    .detail = The body must be one JSON object with the members account_id, passcode, region and, if wanted, suggest_region and lang, each at most once and no others.
problem-bad-request = Bad request
    .detail = The HTTP request is malformed or ambiguous: it needs exactly one valid Host and an unambiguous length.
problem-invalid-request = Invalid request
    .detail = At least one field is missing or cannot be used; "errors" names each of them.
problem-unauthenticated = Not authenticated
    .detail = The request needs a valid API key in the header "Authorization: Bearer".
problem-forbidden = Forbidden
    .detail = The key or token is valid, but may not do this.
problem-not-found = Not found
    .detail = There is nothing at this address.
problem-method-not-allowed = Method not allowed
    .detail = This address does not take this method; the header "Allow" names those it takes.
problem-unsupported-media-type = Unsupported media type
    .detail = The body must be JSON, and "Content-Type" must be application/json.
problem-payload-too-large = Payload too large
    .detail = The body is longer than this service accepts.
problem-request-timeout = Request timeout
    .detail = The request did not arrive completely in time.
problem-uri-too-long = URI too long
    .detail = The address is longer than this service accepts.
problem-headers-too-large = Headers too large
    .detail = The header fields are longer or more than this service accepts.
problem-rate-limited = Rate limited
    .detail = More requests arrived than this caller may send; "Retry-After" says when to come back.
problem-too-many-attempts = Too many attempts
    .detail = Too many different credentials were refused for this account in a short time; "Retry-After" says when the next may be tried.
problem-upstream-unexpected = Unexpected answer from CleverTap
    .detail = CleverTap gave an answer that is none of the known ones, so nothing can be said about the credentials.
problem-upstream-unavailable = CleverTap is unavailable
    .detail = CleverTap could not be reached or reported an error of its own, so nothing can be said about the credentials.
problem-upstream-busy = CleverTap is busy
    .detail = CleverTap is being asked as often as it permits, so nothing can be said about the credentials yet.
problem-upstream-timeout = CleverTap did not answer in time
    .detail = CleverTap gave no complete answer in time, so nothing can be said about the credentials.
problem-overloaded = Overloaded
    .detail = This service is refusing new work for a moment to stay responsive.
problem-internal = Internal error
    .detail = A fault of this service; its operator can find it by the request ID.

## Pages and the command line

page-code = Code
page-status = HTTP status
page-owner = Who can fix it
page-message = What it means
page-action = What to do
page-retryable = Worth retrying
page-yes = Yes
page-no = No
owner-none = Nobody needs to
owner-customer = You, the customer
owner-partner = The provider of this integration
owner-clevertap = CleverTap
owner-operator = The operator of this service

## Support drafts: in English in every language, for their readers are CleverTap and the operator

support-whitelisting =
    .subject = Please whitelist the partner name "{ $partner }"
    .body =
        Hello,

        please whitelist our partner name for the connect API (GET /v1/connect).

        Partner name: { $partner }
        Region: { $region }
        Request ID: { $request }
        Time: { $time }

        CleverTap answered "Partner not whitelisted" to the request above.

        Thank you.
support-operator =
    .subject = connect-verifier: { $problem } ({ $request })
    .body =
        Hello,

        a verification of CleverTap credentials ended without a result.

        Problem: { $problem }
        Partner name: { $partner }
        Region: { $region }
        Request ID: { $request }
        Time: { $time }

        The request ID finds the matching log lines.

        Thank you.
