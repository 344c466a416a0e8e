# German: Deutsch

## Sentences that several texts share

-new-passcode = Ein bestehender Passcode lässt sich nicht noch einmal anzeigen. Um einen neuen zu erstellen, öffnen Sie in Ihrem CleverTap-Dashboard Settings > Passcodes, und wählen Sie + Passcode und dann Create & View; API Key kopiert ihn. Wenn Sie Passcodes dort nicht sehen, wenden Sie sich an einen Admin Ihres CleverTap-Kontos.
-copy-account-id = Kopieren Sie die Konto-ID in Ihrem CleverTap-Dashboard unter Settings > Project; dort heißt sie Project ID.
-account-id-place = Ihr CleverTap-Dashboard zeigt die Konto-ID unter Settings > Project; dort heißt sie Project ID.

## Advice: one message for each code, and one for each reason that refines it

verified =
    .title = Zugangsdaten akzeptiert
    .message = CleverTap hat Konto-ID und Passcode akzeptiert.
    .action = Sie müssen nichts weiter tun.

check-credentials =
    .title = CleverTap akzeptiert diese Zugangsdaten nicht
    .message = CleverTap hat diese Konto-ID und diesen Passcode in dieser Region nicht akzeptiert. Eines von beiden kann falsch sein, das Konto kann in einer anderen Region liegen, oder der Passcode ist abgelaufen oder wurde zurückgesetzt oder gelöscht.
    .action = Vergleichen Sie in Ihrem CleverTap-Dashboard die Konto-ID mit der Project ID unter Settings > Project und die Region mit der in der Adresse des Dashboards. Wenn beides stimmt, verwenden Sie einen anderen Passcode. { -new-passcode }
check-credentials-everywhere =
    .message = Keine der geprüften Regionen hat diese Konto-ID und diesen Passcode akzeptiert; an der Wahl der Region liegt es also nicht. Eines von beiden kann falsch sein, oder der Passcode ist abgelaufen oder wurde zurückgesetzt oder gelöscht.
    .action = Vergleichen Sie in Ihrem CleverTap-Dashboard die Konto-ID mit der Project ID unter Settings > Project. Wenn sie stimmt, verwenden Sie einen anderen Passcode. { -new-passcode }
check-credentials-hidden-passcode =
    .title = Das ist nicht der Passcode selbst
    .message = Das Feld für den Passcode enthält nur Punkte oder Sternchen. Sie werden angezeigt, wenn eine Seite einen Passcode verbirgt.
    .action = Geben Sie den Passcode selbst ein. { -new-passcode }
check-credentials-bearer-prefix =
    .title = Der Passcode beginnt mit dem Wort Bearer
    .message = Das Wort Bearer gehört zu anderen Arten von Schlüsseln. CleverTap erwartet den Passcode ohne dieses Wort.
    .action = Entfernen Sie das Wort Bearer, und geben Sie nur den Passcode selbst ein.
check-credentials-label =
    .title = Geben Sie nur den Passcode ein
    .message = Das Feld für den Passcode enthält neben dem Passcode oder an seiner Stelle anderen Text, zum Beispiel den Namen des Feldes oder eines Headers.
    .action = Entfernen Sie den übrigen Text, und geben Sie nur den Passcode selbst ein.
check-credentials-web-address =
    .title = Das ist eine Webadresse, kein Passcode
    .message = Das Feld für den Passcode enthält eine Webadresse.
    .action = Geben Sie den Passcode selbst ein. { -new-passcode }
check-credentials-same-as-account-id =
    .title = Beide Felder enthalten denselben Wert
    .message = Konto-ID und Passcode sind zwei verschiedene Werte, eingegeben wurde aber zweimal derselbe.
    .action = { -copy-account-id } Geben Sie dann den Passcode ein. { -new-passcode }
check-credentials-placeholder =
    .title = Das sieht nach einem Platzhalter aus, nicht nach einem Passcode
    .message = Das Feld für den Passcode enthält ein Wort, das in Beispielen und Formularen an der Stelle eines Passcodes steht.
    .action = Geben Sie den Passcode selbst ein. { -new-passcode }
check-credentials-user-passcode =
    .title = CleverTap akzeptiert diese Zugangsdaten nicht
    .message = Der Passcode hat die Form eines Benutzer-Passcodes. Ein Benutzer-Passcode läuft ab, und ein Admin kann ihn zurücksetzen oder widerrufen. Auch die Konto-ID kann falsch sein, oder das Konto liegt in einer anderen Region.
    .message-everywhere = Der Passcode hat die Form eines Benutzer-Passcodes. Ein Benutzer-Passcode läuft ab, und ein Admin kann ihn zurücksetzen oder widerrufen. Auch die Konto-ID kann falsch sein. Keine der geprüften Regionen hat ihn akzeptiert; an der Wahl der Region liegt es also nicht.
    .action = Wer den Passcode erhalten hat, sieht den aktuellen im CleverTap-Dashboard auf der Seite Settings. Einen neuen teilt ein Admin unter Settings > Users mit Grant zu. Vergleichen Sie außerdem die Konto-ID mit der Project ID unter Settings > Project.
check-credentials-test-project =
    .title = CleverTap akzeptiert diese Zugangsdaten nicht
    .message = Die Konto-ID beginnt mit TEST-, wie die IDs von Testprojekten. Ein Testprojekt hat eigene Passcodes. Der Passcode kann auch abgelaufen sein oder zurückgesetzt oder gelöscht worden sein, einer der beiden Werte kann falsch sein, oder das Konto liegt in einer anderen Region.
    .message-everywhere = Die Konto-ID beginnt mit TEST-, wie die IDs von Testprojekten. Ein Testprojekt hat eigene Passcodes. Der Passcode kann auch abgelaufen sein oder zurückgesetzt oder gelöscht worden sein, oder einer der beiden Werte ist falsch. Keine der geprüften Regionen hat sie akzeptiert; an der Wahl der Region liegt es also nicht.
    .action = Öffnen Sie in Ihrem CleverTap-Dashboard das Testprojekt, und vergleichen Sie die Konto-ID mit der Project ID unter Settings > Project. Wenn sie stimmt, verwenden Sie einen Passcode dieses Projekts. { -new-passcode } Wenn Sie stattdessen das Live-Projekt verbinden möchten, geben Sie dessen Project ID und Passcode ein.

check-account-id =
    .title = CleverTap kennt diese Konto-ID nicht
    .message = CleverTap meldet, dass diese Konto-ID in der gewählten Region nicht gültig ist.
    .action = { -copy-account-id } Prüfen Sie, ob die gewählte Region auch in der Adresse des Dashboards steht.
check-account-id-everywhere =
    .message = CleverTap meldet, dass diese Konto-ID nicht gültig ist. Keine der geprüften Regionen hat sie akzeptiert; an der Wahl der Region liegt es also nicht.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = Das sieht nach einer E-Mail-Adresse aus, nicht nach einer Konto-ID
    .message = Das Feld für die Konto-ID enthält ein @ wie eine E-Mail-Adresse. Eine Konto-ID hat normalerweise die Form XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = Das ist eine Webadresse, keine Konto-ID
    .message = Das Feld für die Konto-ID enthält eine Webadresse. Eine Konto-ID hat normalerweise die Form XXX-XXX-XXXX.
    .action = { -copy-account-id } Sie können stattdessen auch die Adresse einfügen, die Ihr Browser anzeigt, wenn Sie im Dashboard angemeldet sind: Sie enthält die Konto-ID.
check-account-id-account-name =
    .title = Das sieht nach einem Namen aus, nicht nach einer Konto-ID
    .message = Das Feld für die Konto-ID enthält Wörter oder Buchstaben, zum Beispiel den Namen eines Kontos. Eine Konto-ID hat normalerweise die Form XXX-XXX-XXXX, mit Ziffern und Großbuchstaben.
    .action = { -copy-account-id }
check-account-id-label =
    .title = Geben Sie nur die Konto-ID ein
    .message = Das Feld für die Konto-ID enthält neben der Konto-ID oder an ihrer Stelle anderen Text, zum Beispiel den Namen des Feldes oder eines Headers.
    .action = Entfernen Sie den übrigen Text, und geben Sie nur die Konto-ID selbst ein, normalerweise in der Form XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = Konto-IDs haben nur Großbuchstaben
    .message = Diese Konto-ID enthält Kleinbuchstaben. CleverTap unterscheidet Groß- und Kleinbuchstaben.
    .action = Geben Sie die Konto-ID in Großbuchstaben ein, oder kopieren Sie sie neu. { -account-id-place }
check-account-id-incomplete =
    .title = Die Konto-ID hat nicht die übliche Form
    .message = Eine Konto-ID besteht normalerweise aus drei Gruppen von 3, 3 und 4 Zeichen mit Bindestrichen dazwischen: XXX-XXX-XXXX. Hier fehlen Zeichen oder Bindestriche, oder es sind zu viele, zum Beispiel Leerzeichen.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = Die Konto-ID enthält ein Zeichen, das falsch gelesen sein kann
    .message = Zeichen { $position } ist { $character }; in Konto-IDs kommt { $character } nicht vor.
    .message-two = Zeichen { $position } ist { $character }, und Zeichen { $second-position } ist { $second-character }; beide kommen in Konto-IDs nicht vor.
    .message-foreign = Die Konto-ID enthält ein Zeichen, das richtig aussehen kann, aber keiner der Buchstaben A–Z und keine der Ziffern 0–9 ist (Position { $positions }).
    .action = Kopieren Sie die Konto-ID, statt sie abzutippen. { -account-id-place }

looks-like-token =
    .title = Das sieht nach einem Konto-Token aus, nicht nach einem Passcode
    .message = CleverTap hat diese Zugangsdaten nicht akzeptiert, und der Passcode hat die Form eines Konto-Tokens (im Dashboard Project Token genannt), das für die SDKs gedacht ist.
    .action = Geben Sie stattdessen den Passcode ein. { -new-passcode }

fields-swapped =
    .title = Konto-ID und Passcode sind möglicherweise vertauscht
    .message = CleverTap hat diese Zugangsdaten nicht akzeptiert. Der Passcode hat die Form einer Konto-ID, und die Konto-ID die eines Passcodes oder Tokens.
    .action = Wenn die beiden vertauscht sind, tauschen Sie sie. Wenn nicht, korrigieren Sie die Konto-ID. { -account-id-place }

choose-region =
    .title = Ihr Konto liegt in einer anderen Region
    .message = CleverTap akzeptiert diese Zugangsdaten nicht in der Region { $region }, wohl aber in der Region { $suggested }.
    .action = Wählen Sie { $suggested } als Region, und versuchen Sie es erneut.

request-whitelisting =
    .title = CleverTap hat diese Integration noch nicht freigeschaltet
    .message = Der Partnername „{ $partner }“ gehört nicht zu den Partnern, die CleverTap freigeschaltet hat. Deshalb lässt sich unter diesem Namen noch kein Konto verbinden.
    .action = Sie müssen im Moment nichts ändern. Der Anbieter dieser Integration muss CleverTap bitten, den Partnernamen freizuschalten. Erst danach lassen sich Ihre Konto-ID und Ihr Passcode prüfen.

retry-shortly =
    .title = CleverTap ist zurzeit nicht verfügbar
    .message = CleverTap war nicht erreichbar oder hat nicht rechtzeitig eine verwertbare Antwort gegeben. Ihre Zugangsdaten konnten nicht geprüft werden; sie können durchaus richtig sein.
    .action = Warten Sie einen Moment, und versuchen Sie es erneut. Wenn das Problem anhält, sehen Sie auf der Statusseite von CleverTap nach.
    .action-minutes = Versuchen Sie es in { $minutes } Min. erneut. Wenn das Problem anhält, sehen Sie auf der Statusseite von CleverTap nach.
retry-shortly-busy =
    .title = CleverTap ist ausgelastet
    .message = CleverTap nimmt im Moment keine weiteren Anfragen an. Ihre Zugangsdaten konnten nicht geprüft werden; sie können durchaus richtig sein.
retry-shortly-overloaded =
    .title = Dieser Dienst ist ausgelastet
    .message = Im Moment laufen zu viele Prüfungen. Ihre Zugangsdaten konnten nicht geprüft werden; sie können durchaus richtig sein.
    .action = Warten Sie einen Moment, und versuchen Sie es erneut.
    .action-minutes = Versuchen Sie es in { $minutes } Min. erneut.

slow-down =
    .title = Zu viele Anfragen
    .message = Im Moment gehen zu viele Anfragen ein. Ihre Zugangsdaten wurden nicht geprüft.
    .action = Warten Sie einen Moment, und versuchen Sie es erneut.
    .action-minutes = Versuchen Sie es in { $minutes } Min. erneut.

too-many-attempts =
    .title = Zu viele Versuche
    .message = Es gab zu viele Versuche mit diesem Konto oder in dieser Sitzung. Zum Schutz des Kontos sind weitere Versuche vorerst gesperrt.
    .action = Versuchen Sie es erneut, wenn die Sperre abgelaufen ist. Sorgen Sie inzwischen für einen gültigen Passcode. { -new-passcode }
    .action-minutes = Versuchen Sie es in { $minutes } Min. erneut. Sorgen Sie inzwischen für einen gültigen Passcode. { -new-passcode }
attempts-left = Verbleibende Versuche für dieses Konto bis zu einer Sperre: { $count }.

contact-operator =
    .title = Etwas Unerwartetes ist passiert
    .message = Die Prüfung endete ohne Ergebnis, und ein neuer Versuch hilft wahrscheinlich nicht. Ihre Zugangsdaten konnten nicht geprüft werden; sie können durchaus richtig sein.
    .action = Wenden Sie sich an den Support dieser Integration, und nennen Sie die Anfrage-ID.

fix-request =
    .title = Die Anfrage kann nicht verarbeitet werden
    .message = Die Integration hat eine Anfrage gesendet, die der Dienst nicht versteht oder nicht beantworten darf.
    .action = Das können Sie nicht selbst beheben. Informieren Sie den Support dieser Integration, und nennen Sie die Anfrage-ID.
fix-request-fields =
    .title = Bitte prüfen Sie Ihre Eingaben
    .message = Mindestens ein Feld ist leer oder nicht verwendbar.
    .action = Korrigieren Sie die markierten Felder, und versuchen Sie es erneut.
fix-request-label =
    .title = Geben Sie nur den Wert selbst ein
    .message = Ein Feld enthält neben seinem Wert oder an dessen Stelle anderen Text, zum Beispiel den Namen des Feldes oder eines Headers.
    .action = Entfernen Sie den übrigen Text aus dem markierten Feld, und versuchen Sie es erneut.
fix-request-web-address =
    .title = Das ist eine Webadresse
    .message = Ein Feld enthält eine Webadresse, obwohl ein anderer Wert hineingehört.
    .action = Kopieren Sie den Wert für das markierte Feld aus Ihrem CleverTap-Dashboard, und versuchen Sie es erneut.

## Field errors: what is wrong, and what is allowed

error-missing = Dieses Feld ist erforderlich.
error-empty = Bitte füllen Sie dieses Feld aus.
error-wrong-type = Dieses Element muss ein JSON-String sein, ist aber vom Typ { $found }.
    .flag = Dieses Element muss true oder false sein, ist aber vom Typ { $found }.
error-too-long = Geben Sie höchstens { $most } Zeichen ein.
error-unusable-characters = Zeichen { $position } ist nicht verwendbar. Verwenden Sie nur die Buchstaben A–Z und a–z (keine Umlaute), Ziffern und Satzzeichen, keine Leerzeichen. Kopierter Text kann unsichtbare oder ähnlich aussehende Zeichen enthalten: Leeren Sie das Feld, und kopieren Sie den Wert neu, oder tippen Sie ihn ab.
error-unknown-region = Wählen Sie eine dieser Regionen: { $known }. Oder fügen Sie die Adresse Ihres CleverTap-Dashboards ein, in der die Region steht.
    .near = Meinten Sie { $region }? Wählen Sie eine dieser Regionen: { $known }. Oder fügen Sie die Adresse Ihres CleverTap-Dashboards ein, in der die Region steht.
    .address = In dieser Adresse steht keine Region. Melden Sie sich zuerst in Ihrem CleverTap-Dashboard an, und kopieren Sie dann die Adresse, die der Browser anzeigt. Oder wählen Sie eine dieser Regionen: { $known }.
error-no-origin = Erlaubt ist der Origin einer Seite: nur Schema, Host und Port, etwa https://dash.example.com.
error-out-of-range = Erlaubt ist eine ganze Zahl von 1 bis { $most }.

## Warnings

warning-repaired =
    .account-id = Die Konto-ID wurde korrigiert: Leer- oder Anführungszeichen außen, unsichtbare Zeichen, besondere Striche oder Zeichen voller Breite wurden entfernt oder ersetzt, oder die ID wurde der eingefügten Adresse entnommen.
    .passcode = Leer- oder Anführungszeichen um den Passcode oder unsichtbare Zeichen wurden entfernt.
    .region = Leer- oder Anführungszeichen um die Region oder unsichtbare Zeichen wurden entfernt.
warning-unusual-shape =
    .account-id = Konto-IDs von CleverTap haben normalerweise die Form XXX-XXX-XXXX. Vergleichen Sie diese mit der Project ID unter Settings > Project in Ihrem CleverTap-Dashboard.
warning-url-conflict =
    .account-id = Die eingefügte Dashboard-Adresse gehört zu einer anderen Konto-ID als der eingegebenen. Verwendet wurde die eingegebene.
    .region = Die als Konto-ID eingegebene Dashboard-Adresse gehört zu einer anderen Region als der gewählten. Verwendet wurde die gewählte Region.

## Problems: title, and what it means

problem-malformed-json = Fehlerhaftes JSON
    .detail = Der Inhalt muss ein einzelnes JSON-Objekt mit den Elementen account_id, passcode, region und auf Wunsch suggest_region und lang sein, jedes höchstens einmal und keine weiteren.
    .position = Siehe Zeile { $line }, Spalte { $column }.
    .duplicate = Das Element { $member } kommt mehr als einmal vor (Zeile { $line }, Spalte { $column }).
    .unknown = Ein Element ist unbekannt (Zeile { $line }, Spalte { $column }).
    .similar = Ein Element ist unbekannt (Zeile { $line }, Spalte { $column }); vielleicht ist { $member } gemeint.
problem-bad-request = Fehlerhafte Anfrage
    .detail = Die HTTP-Anfrage ist fehlerhaft oder mehrdeutig: Sie braucht genau einen gültigen Host und eine eindeutige Länge.
problem-invalid-request = Ungültige Angaben
    .detail = Mindestens ein Feld fehlt oder ist nicht verwendbar; "errors" nennt jedes davon.
problem-unauthenticated = Nicht authentifiziert
    .detail = Die Anfrage braucht einen gültigen API-Schlüssel oder ein gültiges Sitzungstoken im Header "Authorization: Bearer".
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
    .detail = Für dieses Konto wurden in kurzer Zeit zu viele verschiedene Zugangsdaten abgelehnt, oder das Sitzungstoken hat keine Versuche mehr; "Retry-After" gibt an, wann der nächste Versuch möglich ist.
problem-upstream-unexpected = Unerwartete Antwort von CleverTap
    .detail = CleverTap hat eine Antwort gegeben, die zu keiner der bekannten passt. Deshalb lässt sich über die Zugangsdaten nichts sagen.
problem-upstream-unavailable = CleverTap ist nicht verfügbar
    .detail = CleverTap war nicht erreichbar oder hat einen eigenen Fehler gemeldet. Deshalb lässt sich über die Zugangsdaten nichts sagen.
problem-upstream-busy = CleverTap ist ausgelastet
    .detail = CleverTap nimmt im Moment keine weiteren Anfragen an. Deshalb lässt sich über die Zugangsdaten noch nichts sagen.
problem-upstream-timeout = CleverTap hat nicht rechtzeitig geantwortet
    .detail = CleverTap hat nicht rechtzeitig eine vollständige Antwort gegeben. Deshalb lässt sich über die Zugangsdaten nichts sagen.
problem-overloaded = Überlastet
    .detail = Dieser Dienst nimmt für einen Moment keine neuen Aufgaben an, um weiter reagieren zu können.
problem-internal = Interner Fehler
    .detail = Ein Fehler dieses Dienstes; sein Betreiber kann ihn anhand der Anfrage-ID finden.

## Pages, the command line and its report

page-owner = Wer es beheben kann
page-action = Was zu tun ist
page-retryable = Neuer Versuch ohne Änderung sinnvoll
page-yes = Ja
page-no = Nein
page-more = Mehr dazu
page-languages = Weitere Sprachen
owner-none = Es gibt nichts zu beheben
owner-customer = Sie als Kundin oder Kunde
owner-partner = Der Anbieter dieser Integration
owner-clevertap = CleverTap
owner-operator = Der Betreiber dieses Dienstes
report-title = Gespeicherte Zugangsdaten
report-made = Von connect-verifier erneut geprüft am { $time }.
report-rows = Zeilen
report-accepted = Akzeptiert
report-refused = Nicht akzeptiert
report-undecided = Ohne Ergebnis
report-results = Ergebnisse
report-regions = Ergebnisse nach Region
report-newly-refused = Seit dem letzten Bericht nicht mehr akzeptiert
report-recovered = Seit dem letzten Bericht wieder akzeptiert
report-accounts = Was zu tun ist, und für welche Konten
report-nothing = Keine.
report-account = Konto
report-id = ID
report-region = Gewählte Region
report-result = Ergebnis
report-more = { $count } weitere stehen in der Ausgabedatei.
report-customer = Die Kundin oder der Kunde
