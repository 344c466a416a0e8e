# German: Deutsch

## Advice: one message for each code

verified =
    .title = Verbunden
    .message = CleverTap hat diese Zugangsdaten akzeptiert.
    .action = Sie müssen nichts weiter tun.

check-credentials =
    .title = CleverTap akzeptiert diese Zugangsdaten nicht
    .message = Konto-ID und Passcode gehören in dieser Region nicht zusammen. Möglicherweise ist der Passcode auch abgelaufen oder wurde zurückgesetzt oder gelöscht.
    .action = Vergleichen Sie die Konto-ID mit der Project ID, die in Ihrem CleverTap-Dashboard unter Settings > Project steht, und erstellen oder kopieren Sie unter Settings > Passcodes einen Passcode. Prüfen Sie, ob die gewählte Region auch in der Adresse Ihres Dashboards steht.

check-credentials-test-project =
    .title = CleverTap akzeptiert diese Zugangsdaten nicht
    .message = Die Konto-ID gehört zu einem Testprojekt (sie beginnt mit TEST-), und ein Passcode des Live-Projekts gilt dafür nicht.
    .action = Öffnen Sie in Ihrem CleverTap-Dashboard das Testprojekt, und kopieren Sie dort einen Passcode unter Settings > Passcodes, oder geben Sie die Project ID des Live-Projekts ein.

check-account-id =
    .title = CleverTap kennt diese Konto-ID nicht
    .message = In der gewählten Region gibt es kein Konto mit dieser ID.
    .action = Kopieren Sie die Project ID in Ihrem CleverTap-Dashboard unter Settings > Project, und prüfen Sie, ob die gewählte Region auch in der Adresse Ihres Dashboards steht.

looks-like-token =
    .title = Das scheint ein Konto-Token zu sein, kein Passcode
    .message = CleverTap hat die Eingabe nicht akzeptiert, und sie hat die Form des Konto-Tokens, das für die SDKs gedacht ist.
    .action = Kopieren Sie in Ihrem CleverTap-Dashboard unter Settings > Passcodes einen Passcode.

fields-swapped =
    .title = Konto-ID und Passcode sind anscheinend vertauscht
    .message = CleverTap hat die Eingaben nicht akzeptiert, und der Passcode sieht aus wie eine Konto-ID.
    .action = Geben Sie die Project ID in das Feld für die Konto-ID und den Passcode in das Feld für den Passcode ein, und versuchen Sie es dann erneut.

choose-region =
    .title = Ihr Konto befindet sich in einer anderen Region
    .message = CleverTap akzeptiert diese Zugangsdaten nicht in der Region { $region }, wohl aber in { $suggested }.
    .action = Wählen Sie { $suggested } als Region, und versuchen Sie es erneut.

request-whitelisting =
    .title = CleverTap hat diese Integration noch nicht freigeschaltet
    .message = CleverTap führt den Partnernamen „{ $partner }“ nicht als zugelassenen Partner, deshalb kann sich darüber niemand verbinden.
    .action = Sie müssen nichts ändern. Der Anbieter dieser Integration muss CleverTap bitten, den Partnernamen freizuschalten.

retry-shortly =
    .title = CleverTap ist zurzeit nicht erreichbar
    .message = CleverTap hat nicht rechtzeitig eine verwertbare Antwort gegeben. Das sagt nichts über Ihre Zugangsdaten aus.
    .action = Warten Sie einen Moment, und versuchen Sie es erneut. Wenn das Problem anhält, sehen Sie auf der Statusseite von CleverTap nach.

retry-shortly-overloaded =
    .title = Der Dienst ist ausgelastet
    .message = Im Moment laufen zu viele Prüfungen. Das sagt nichts über Ihre Zugangsdaten aus.
    .action = Warten Sie einen Moment, und versuchen Sie es erneut.

slow-down =
    .title = Zu viele Anfragen
    .message = Diese Integration sendet mehr Anfragen als vereinbart.
    .action = Warten Sie einen Moment, und versuchen Sie es erneut.

too-many-attempts =
    .title = Zu viele Versuche mit diesem Konto
    .message = Für dieses Konto wurden mehrere verschiedene Zugangsdaten abgelehnt. Zu seinem Schutz sind weitere Versuche vorerst gesperrt.
    .action = Warten Sie, bis die Sperre abgelaufen ist. Kopieren Sie inzwischen in Ihrem CleverTap-Dashboard unter Settings > Passcodes einen gültigen Passcode.

contact-operator =
    .title = Etwas Unerwartetes ist passiert
    .message = Die Prüfung endete ohne Ergebnis, und ein neuer Versuch hilft wahrscheinlich nicht. Das sagt nichts über Ihre Zugangsdaten aus.
    .action = Wenden Sie sich an den Support dieser Integration, und nennen Sie die Anfrage-ID.

fix-request =
    .title = Die Anfrage kann nicht verarbeitet werden
    .message = Die Integration hat eine Anfrage gesendet, die der Dienst nicht versteht oder nicht beantworten darf.
    .action = Der Anbieter dieser Integration muss sie korrigieren.

fix-request-fields =
    .title = Bitte prüfen Sie Ihre Eingaben
    .message = Mindestens ein Feld fehlt oder ist nicht verwendbar.
    .action = Korrigieren Sie die markierten Felder, und versuchen Sie es erneut.

## Field errors: what is wrong, and what is allowed

error-missing = Dieses Feld ist erforderlich.
error-empty = Dieses Feld darf nicht leer sein.
error-wrong-type = Dieses Feld muss ein Text sein, ist aber vom Typ { $found }.
    .flag = Dieses Feld muss true oder false sein, ist aber vom Typ { $found }.
error-too-long = Dieses Feld darf höchstens { $most } Zeichen enthalten.
error-unusable-characters = Dieses Feld darf nur lateinische Buchstaben ohne Akzente und Umlaute, Ziffern und Satzzeichen enthalten, keine Leerzeichen.
error-unknown-region = Diese Region ist nicht bekannt. Verwenden Sie einen dieser Werte: { $known } oder auto, oder fügen Sie die Adresse Ihres CleverTap-Dashboards ein.
error-no-origin = Erlaubt ist der Origin einer Seite: nur Schema, Host und Port, etwa https://dash.example.com.
error-out-of-range = Erlaubt ist eine ganze Zahl von 1 bis { $most }.

## Warnings

warning-repaired =
    .account-id = Leerzeichen, Anführungszeichen oder typografische Striche um die Konto-ID oder darin wurden korrigiert.
    .passcode = Leerzeichen oder Anführungszeichen um den Passcode wurden entfernt.
    .region = Leerzeichen oder Anführungszeichen um die Region wurden entfernt.
warning-unusual-shape =
    .account-id = Das sieht nicht wie eine Konto-ID von CleverTap aus, die normalerweise die Form XXX-XXX-XXXX hat.
warning-url-conflict =
    .account-id = Die eingefügte Dashboard-Adresse gehört zu einer anderen Konto-ID als der eingegebenen. Verwendet wurde die eingegebene.
    .region = Die als Konto-ID eingegebene Dashboard-Adresse gehört zu einer anderen Region als der gewählten. Die gewählte Region wurde verwendet.

## Problems: title, and what it means

problem-malformed-json = Fehlerhaftes JSON
    .detail = Der Inhalt muss ein einzelnes JSON-Objekt mit den Elementen account_id, passcode, region und auf Wunsch suggest_region und lang sein, jedes höchstens einmal und keine weiteren.
problem-bad-request = Fehlerhafte Anfrage
    .detail = Die HTTP-Anfrage ist fehlerhaft oder mehrdeutig: Sie braucht genau einen gültigen Host und eine eindeutige Länge.
problem-invalid-request = Ungültige Angaben
    .detail = Mindestens ein Feld fehlt oder ist nicht verwendbar; "errors" nennt jedes davon.
problem-unauthenticated = Nicht authentifiziert
    .detail = Die Anfrage braucht einen gültigen API-Schlüssel im Header "Authorization: Bearer".
problem-forbidden = Nicht erlaubt
    .detail = Der Schlüssel oder das Token ist gültig, berechtigt aber nicht zu dieser Aktion.
problem-not-found = Nicht gefunden
    .detail = Unter dieser Adresse gibt es nichts.
problem-method-not-allowed = Methode nicht erlaubt
    .detail = Diese Adresse nimmt diese Methode nicht an; der Header "Allow" nennt die zulässigen.
problem-unsupported-media-type = Medientyp nicht unterstützt
    .detail = Der Inhalt muss JSON sein, und "Content-Type" muss application/json lauten.
problem-payload-too-large = Inhalt zu groß
    .detail = Der Inhalt ist länger, als dieser Dienst annimmt.
problem-request-timeout = Zeitüberschreitung bei der Anfrage
    .detail = Die Anfrage ist nicht rechtzeitig vollständig eingetroffen.
problem-uri-too-long = URI zu lang
    .detail = Die Adresse ist länger, als dieser Dienst annimmt.
problem-headers-too-large = Header zu groß
    .detail = Die Header sind länger oder zahlreicher, als dieser Dienst annimmt.
problem-rate-limited = Anfragelimit überschritten
    .detail = Es sind mehr Anfragen eingegangen, als dieser Aufrufer senden darf; "Retry-After" gibt an, wann der nächste Versuch möglich ist.
problem-too-many-attempts = Zu viele Versuche
    .detail = Für dieses Konto wurden in kurzer Zeit zu viele verschiedene Zugangsdaten abgelehnt; "Retry-After" gibt an, wann der nächste Versuch möglich ist.
problem-upstream-unexpected = Unerwartete Antwort von CleverTap
    .detail = CleverTap hat eine Antwort gegeben, die zu keiner der bekannten passt. Deshalb lässt sich über die Zugangsdaten nichts sagen.
problem-upstream-unavailable = CleverTap ist nicht verfügbar
    .detail = CleverTap war nicht erreichbar oder hat einen eigenen Fehler gemeldet. Deshalb lässt sich über die Zugangsdaten nichts sagen.
problem-upstream-busy = CleverTap ist ausgelastet
    .detail = CleverTap wird bereits so oft angefragt, wie es zulässt. Deshalb lässt sich über die Zugangsdaten noch nichts sagen.
problem-upstream-timeout = CleverTap hat nicht rechtzeitig geantwortet
    .detail = CleverTap hat nicht rechtzeitig eine vollständige Antwort gegeben. Deshalb lässt sich über die Zugangsdaten nichts sagen.
problem-overloaded = Überlastet
    .detail = Dieser Dienst nimmt für einen Moment keine neuen Aufgaben an, um weiter reagieren zu können.
problem-internal = Interner Fehler
    .detail = Ein Fehler dieses Dienstes; sein Betreiber kann ihn anhand der Anfrage-ID finden.

## Pages and the command line

page-code = Fehlercode
page-status = HTTP-Status
page-owner = Wer es beheben kann
page-message = Was es bedeutet
page-action = Was zu tun ist
page-retryable = Neuer Versuch sinnvoll
page-yes = Ja
page-no = Nein
owner-none = Niemand muss etwas tun
owner-customer = Sie als Kundin oder Kunde
owner-partner = Der Anbieter dieser Integration
owner-clevertap = CleverTap
owner-operator = Der Betreiber dieses Dienstes
