# English, the fallback of every other language. Write for the person in front of the form: what, why, next step. Say no
# more than is known: a refusal has many causes, and a recognised mistake is one of them.
#
# What CleverTap's dashboard shows in English stays in English everywhere: Settings > Passcodes, Settings > Project,
# Settings > Users, + Passcode, Create & View, API Key, Grant, Project ID, Project Token. The words of each language for the
# same thing are in locales/glossary/.

## Sentences that several texts share

-new-passcode = An existing passcode cannot be shown again. To create a new one, open Settings > Passcodes in your CleverTap dashboard and select + Passcode, then Create & View; API Key copies it. If you do not see Passcodes, ask an admin of your CleverTap account.
-copy-account-id = Copy the account ID from Settings > Project in your CleverTap dashboard, where it is called Project ID.
-account-id-place = Your CleverTap dashboard shows the account ID under Settings > Project, where it is called Project ID.

## Advice: one message for each code, and one for each reason that refines it
##
## An attribute that a reason lacks is that of the code. Variants of an attribute: -everywhere (every region refused),
## -minutes (the time until the next try is known), -two and -foreign (characters of an account ID).

verified =
    .title = Credentials accepted
    .message = CleverTap accepted this account ID and passcode.
    .action = You do not need to do anything else.

check-credentials =
    .title = CleverTap does not accept these credentials
    .message = CleverTap did not accept this account ID and passcode in this region. One of the two may be wrong, the account may be in another region, or the passcode may have expired or been reset or deleted.
    .action = In your CleverTap dashboard, compare the account ID with the Project ID under Settings > Project, and the region with the one in the dashboard's address. If both are right, use another passcode. { -new-passcode }
check-credentials-everywhere =
    .message = No region that was checked accepted this account ID and passcode, so the choice of region is not the cause. One of the two may be wrong, or the passcode may have expired or been reset or deleted.
    .action = In your CleverTap dashboard, compare the account ID with the Project ID under Settings > Project. If it is right, use another passcode. { -new-passcode }
check-credentials-hidden-passcode =
    .title = This is not the passcode itself
    .message = The passcode field contains only dots or asterisks. A page shows them in place of a passcode that it hides.
    .action = Enter the passcode itself. { -new-passcode }
check-credentials-bearer-prefix =
    .title = The passcode begins with the word Bearer
    .message = The word Bearer is part of other kinds of keys. CleverTap expects the passcode without it.
    .action = Remove the word Bearer and enter only the passcode itself.
check-credentials-label =
    .title = Enter only the passcode
    .message = The passcode field contains other text in addition to the passcode or in place of it, such as the name of the field or of a header.
    .action = Remove the other text and enter only the passcode itself.
check-credentials-web-address =
    .title = This is a web address, not a passcode
    .message = The passcode field contains a web address.
    .action = Enter the passcode itself. { -new-passcode }
check-credentials-same-as-account-id =
    .title = Both fields contain the same value
    .message = The account ID and the passcode are two different values, but the same value was entered for both.
    .action = { -copy-account-id } Then enter the passcode. { -new-passcode }
check-credentials-placeholder =
    .title = This looks like a placeholder, not a passcode
    .message = The passcode field contains a word that examples and forms show in place of a passcode.
    .action = Enter the passcode itself. { -new-passcode }
check-credentials-user-passcode =
    .title = CleverTap does not accept these credentials
    .message = The passcode has the form of a user passcode. A user passcode expires, and an admin can reset or revoke it. The account ID may also be wrong, or the account may be in another region.
    .message-everywhere = The passcode has the form of a user passcode. A user passcode expires, and an admin can reset or revoke it. The account ID may also be wrong. No region that was checked accepted it, so the choice of region is not the cause.
    .action = The user to whom this passcode was granted sees the current one on the Settings page of the CleverTap dashboard. An admin can grant a new one under Settings > Users with Grant. Also compare the account ID with the Project ID under Settings > Project.
check-credentials-test-project =
    .title = CleverTap does not accept these credentials
    .message = The account ID begins with TEST-, as those of test projects do. A test project has passcodes of its own. The passcode may also have expired or been reset or deleted, one of the two values may be wrong, or the account may be in another region.
    .message-everywhere = The account ID begins with TEST-, as those of test projects do. A test project has passcodes of its own. The passcode may also have expired or been reset or deleted, or one of the two values may be wrong. No region that was checked accepted them, so the choice of region is not the cause.
    .action = In your CleverTap dashboard, open the test project and compare the account ID with the Project ID under Settings > Project. If it is right, use a passcode of this project. { -new-passcode } To connect the live project instead, enter its Project ID and passcode.

check-account-id =
    .title = CleverTap does not recognize this account ID
    .message = CleverTap reports that this account ID is not valid in the chosen region.
    .action = { -copy-account-id } Check that the region is the one in the dashboard's address.
check-account-id-everywhere =
    .message = CleverTap reports that this account ID is not valid. No region that was checked accepted it, so the choice of region is not the cause.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = This looks like an email address, not an account ID
    .message = The account ID field contains an @, as email addresses do. An account ID usually has the form XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = This is a web address, not an account ID
    .message = The account ID field contains a web address. An account ID usually has the form XXX-XXX-XXXX.
    .action = { -copy-account-id } Instead, you can paste the address that your browser shows when you are logged in to the dashboard: it contains the account ID.
check-account-id-account-name =
    .title = This looks like a name, not an account ID
    .message = The account ID field contains words or letters, such as the name of an account. An account ID usually has the form XXX-XXX-XXXX, with digits and capital letters.
    .action = { -copy-account-id }
check-account-id-label =
    .title = Enter only the account ID
    .message = The account ID field contains other text in addition to the account ID or in place of it, such as the name of the field or of a header.
    .action = Remove the other text and enter only the account ID itself, which usually has the form XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = Account IDs have capital letters only
    .message = This account ID contains small letters. CleverTap distinguishes small and capital letters.
    .action = Enter the account ID in capital letters, or copy it again. { -account-id-place }
check-account-id-incomplete =
    .title = The account ID does not have the usual form
    .message = An account ID usually has three groups of 3, 3 and 4 characters with a dash between them: XXX-XXX-XXXX. Characters or dashes are missing here, or there are too many, such as spaces.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = The account ID contains a character that may be misread
    .message = Character { $position } is { $character }; account IDs do not contain { $character }.
    .message-two = Character { $position } is { $character } and character { $second-position } is { $second-character }; account IDs contain neither.
    .message-foreign = The account ID contains a character that may look right but is not one of the letters A–Z or the digits 0–9 (position { $positions }).
    .action = Copy the account ID instead of typing it. { -account-id-place }

looks-like-token =
    .title = This looks like an account token, not a passcode
    .message = CleverTap did not accept these credentials, and the passcode has the form of an account token (called Project Token in the dashboard), which is meant for the SDKs.
    .action = Enter the passcode instead. { -new-passcode }

fields-swapped =
    .title = Account ID and passcode may be swapped
    .message = CleverTap did not accept these credentials. The passcode has the form of an account ID, and the account ID has that of a passcode or token.
    .action = If the two are swapped, exchange them. If they are not, correct the account ID. { -account-id-place }

choose-region =
    .title = Your account is in another region
    .message = CleverTap does not accept these credentials in the region { $region }, but it does in the region { $suggested }.
    .action = Choose { $suggested } as the region and try again.

request-whitelisting =
    .title = CleverTap has not approved this integration yet
    .message = The partner name "{ $partner }" is not among the partners that CleverTap has approved, so no account can be connected under this name yet.
    .action = There is nothing for you to change for now. The provider of this integration must ask CleverTap to approve the partner name. Only then can your account ID and passcode be checked.

retry-shortly =
    .title = CleverTap is not available right now
    .message = CleverTap could not be reached or gave no usable answer in time. Your credentials could not be checked; they may well be right.
    .action = Wait a moment and try again. If the problem persists, look at CleverTap's status page.
    .action-minutes = Try again in { $minutes } min. If the problem persists, look at CleverTap's status page.
retry-shortly-busy =
    .title = CleverTap is busy
    .message = CleverTap takes no further requests at the moment. Your credentials could not be checked; they may well be right.
retry-shortly-overloaded =
    .title = This service is busy
    .message = Too many verifications are running at the moment. Your credentials could not be checked; they may well be right.
    .action = Wait a moment and try again.
    .action-minutes = Try again in { $minutes } min.

slow-down =
    .title = Too many requests
    .message = There are too many requests at the moment. Your credentials were not checked.
    .action = Wait a moment and try again.
    .action-minutes = Try again in { $minutes } min.

too-many-attempts =
    .title = Too many attempts
    .message = There were too many attempts with this account or in this session. To protect the account, further attempts are paused.
    .action = Try again when the pause is over. Meanwhile, make sure that you have a valid passcode. { -new-passcode }
    .action-minutes = Try again in { $minutes } min. Meanwhile, make sure that you have a valid passcode. { -new-passcode }
attempts-left = Attempts left for this account before a pause: { $count }.

contact-operator =
    .title = Something unexpected happened
    .message = The verification ended without a result, and trying again is unlikely to help. Your credentials could not be checked; they may well be right.
    .action = Contact the support of this integration and give them the request ID.

fix-request =
    .title = The request cannot be processed
    .message = The integration sent a request that the service does not understand or may not answer.
    .action = You cannot fix this yourself. Tell the support of this integration, and give them the request ID.
fix-request-fields =
    .title = Please check your entries
    .message = At least one field is empty or cannot be used.
    .action = Correct the marked fields and try again.
fix-request-label =
    .title = Enter only the value itself
    .message = A field contains other text in addition to its value or in place of it, such as the name of the field or of a header.
    .action = Remove the other text from the marked field and try again.
fix-request-web-address =
    .title = This is a web address
    .message = A field contains a web address where another value belongs.
    .action = Copy the value for the marked field from your CleverTap dashboard and try again.

## Field errors: what is wrong, and what is allowed

error-missing = This field is required.
error-empty = Please fill in this field.
error-wrong-type = This member must be a JSON string, but it is of type { $found }.
    .flag = This member must be true or false, but it is of type { $found }.
error-too-long = Enter at most { $most } characters.
error-unusable-characters = Character { $position } cannot be used. Use only the letters A–Z and a–z, digits and punctuation, without spaces. Copied text can contain invisible or look-alike characters: clear the field and copy the value again, or type it.
error-unknown-region = Choose one of these regions: { $known }. Or paste the address of your CleverTap dashboard, which contains the region.
    .near = Did you mean { $region }? Choose one of these regions: { $known }. Or paste the address of your CleverTap dashboard, which contains the region.
    .address = This address does not contain a region. Log in to your CleverTap dashboard first, and then copy the address that the browser shows. Or choose one of these regions: { $known }.
error-no-origin = Allowed is the origin of a page: scheme, host and port alone, such as https://dash.example.com.
error-out-of-range = Allowed is a whole number from 1 to { $most }.

## Warnings

warning-repaired =
    .account-id = The account ID was corrected: surrounding spaces or quotation marks, invisible characters, special dashes or full-width characters were removed or replaced, or the ID was taken from the pasted address.
    .passcode = Surrounding spaces or quotation marks, or invisible characters, were removed from the passcode.
    .region = Surrounding spaces or quotation marks, or invisible characters, were removed from the region.
warning-unusual-shape =
    .account-id = CleverTap account IDs usually have the form XXX-XXX-XXXX. Compare this one with the Project ID under Settings > Project in your CleverTap dashboard.
warning-url-conflict =
    .account-id = The pasted dashboard address belongs to another account ID than the one entered. The entered one was used.
    .region = The dashboard address entered as the account ID belongs to another region than the chosen one. The chosen region was used.

## Problems: title, and what it means

problem-malformed-json = Malformed JSON
    .detail = The body must be one JSON object with the members account_id, passcode, region and, if wanted, suggest_region and lang, each at most once and no others.
    .position = See line { $line }, column { $column }.
    .duplicate = The member { $member } is there more than once (line { $line }, column { $column }).
    .unknown = There is an unknown member (line { $line }, column { $column }).
    .similar = There is an unknown member (line { $line }, column { $column }); perhaps { $member } is meant.
problem-bad-request = Bad request
    .detail = The HTTP request is malformed or ambiguous: it needs exactly one valid Host and an unambiguous length.
problem-invalid-request = Invalid request
    .detail = At least one field is missing or cannot be used; "errors" names each of them.
problem-unauthenticated = Not authenticated
    .detail = The request needs a valid API key or session token in the header "Authorization: Bearer".
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
    .detail = The header fields are too long or too many.
problem-rate-limited = Rate limited
    .detail = More requests arrived than this caller may send; "Retry-After" says when to come back.
problem-too-many-attempts = Too many attempts
    .detail = Too many different credentials were refused for this account in a short time, or the session token has no attempts left; "Retry-After" says when the next may be tried.
problem-upstream-unexpected = Unexpected answer from CleverTap
    .detail = CleverTap gave an answer that is none of the known ones, so nothing can be said about the credentials.
problem-upstream-unavailable = CleverTap is not available
    .detail = CleverTap could not be reached or reported an error of its own, so nothing can be said about the credentials.
problem-upstream-busy = CleverTap is busy
    .detail = CleverTap takes no further requests at the moment, so nothing can be said about the credentials yet.
problem-upstream-timeout = CleverTap did not answer in time
    .detail = CleverTap gave no complete answer in time, so nothing can be said about the credentials.
problem-overloaded = Overloaded
    .detail = This service takes no new work for a moment, to stay responsive.
problem-internal = Internal error
    .detail = A fault of this service; its operator can find it by the request ID.

## Pages, the command line and its report

page-owner = Who can fix it
page-action = What to do
page-retryable = Worth retrying unchanged
page-yes = Yes
page-no = No
page-more = Read more
page-languages = Other languages
owner-none = Nothing needs fixing
owner-customer = You, the customer
owner-partner = The provider of this integration
owner-clevertap = CleverTap
owner-operator = The operator of this service
report-title = Stored credentials
report-made = Checked again by connect-verifier on { $time }.
report-rows = Rows
report-accepted = Accepted
report-refused = Not accepted
report-undecided = No result
report-results = Results
report-regions = Results by region
report-newly-refused = No longer accepted since the last report
report-recovered = Accepted again since the last report
report-accounts = What to do, and for which accounts
report-nothing = None.
report-account = Account
report-id = ID
report-region = Chosen region
report-result = Result
report-more = { $count } more are in the output file.
report-customer = The customer

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
