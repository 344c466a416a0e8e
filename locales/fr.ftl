# French: français

## Sentences that several texts share

-new-passcode = Un passcode existant ne peut plus être affiché. Pour en créer un nouveau, ouvrez Settings > Passcodes dans votre tableau de bord CleverTap et sélectionnez + Passcode, puis Create & View ; API Key le copie. Si vous ne voyez pas Passcodes, adressez-vous à un admin de votre compte CleverTap.
-copy-account-id = Copiez l’ID de compte dans votre tableau de bord CleverTap, sous Settings > Project, où il s’appelle Project ID.
-account-id-place = Votre tableau de bord CleverTap affiche l’ID de compte sous Settings > Project, où il s’appelle Project ID.

## Advice: one message for each code, and one for each reason that refines it

verified =
    .title = Identifiants acceptés
    .message = CleverTap a accepté cet ID de compte et ce passcode.
    .action = Vous n’avez rien d’autre à faire.

check-credentials =
    .title = CleverTap n’accepte pas ces identifiants
    .message = CleverTap n’a pas accepté cet ID de compte et ce passcode dans cette région. L’un des deux est peut-être incorrect, le compte se trouve peut-être dans une autre région, ou le passcode a peut-être expiré, ou a été réinitialisé ou supprimé.
    .action = Dans votre tableau de bord CleverTap, comparez l’ID de compte au Project ID affiché sous Settings > Project, et la région à celle qui figure dans l’adresse du tableau de bord. Si les deux sont corrects, utilisez un autre passcode. { -new-passcode }
check-credentials-everywhere =
    .message = Aucune des régions vérifiées n’a accepté cet ID de compte et ce passcode : le choix de la région n’est donc pas en cause. L’un des deux est peut-être incorrect, ou le passcode a peut-être expiré, ou a été réinitialisé ou supprimé.
    .action = Dans votre tableau de bord CleverTap, comparez l’ID de compte au Project ID affiché sous Settings > Project. S’il est correct, utilisez un autre passcode. { -new-passcode }
check-credentials-hidden-passcode =
    .title = Ce n’est pas le passcode lui-même
    .message = Le champ du passcode ne contient que des points ou des astérisques. Une page les affiche à la place d’un passcode qu’elle masque.
    .action = Saisissez le passcode lui-même. { -new-passcode }
check-credentials-bearer-prefix =
    .title = Le passcode commence par le mot Bearer
    .message = Le mot Bearer appartient à d’autres types de clés. CleverTap attend le passcode sans ce mot.
    .action = Supprimez le mot Bearer et saisissez seulement le passcode lui-même.
check-credentials-label =
    .title = Saisissez seulement le passcode
    .message = Le champ du passcode contient un autre texte en plus du passcode ou à sa place, par exemple le nom du champ ou d’un en-tête.
    .action = Supprimez cet autre texte et saisissez seulement le passcode lui-même.
check-credentials-web-address =
    .title = Ceci est une adresse web, pas un passcode
    .message = Le champ du passcode contient une adresse web.
    .action = Saisissez le passcode lui-même. { -new-passcode }
check-credentials-same-as-account-id =
    .title = Les deux champs contiennent la même valeur
    .message = L’ID de compte et le passcode sont deux valeurs différentes, mais la même a été saisie dans les deux champs.
    .action = { -copy-account-id } Saisissez ensuite le passcode. { -new-passcode }
check-credentials-placeholder =
    .title = Ceci ressemble à un texte d’exemple, pas à un passcode
    .message = Le champ du passcode contient un mot que des exemples et des formulaires affichent à la place d’un passcode.
    .action = Saisissez le passcode lui-même. { -new-passcode }
check-credentials-user-passcode =
    .title = CleverTap n’accepte pas ces identifiants
    .message = Le passcode a la forme d’un passcode d’utilisateur. Un passcode d’utilisateur expire, et un admin peut le réinitialiser ou le révoquer. L’ID de compte est peut-être aussi incorrect, ou le compte se trouve dans une autre région.
    .message-everywhere = Le passcode a la forme d’un passcode d’utilisateur. Un passcode d’utilisateur expire, et un admin peut le réinitialiser ou le révoquer. L’ID de compte est peut-être aussi incorrect. Aucune des régions vérifiées ne l’a accepté : le choix de la région n’est donc pas en cause.
    .action = La personne à qui ce passcode a été attribué voit le passcode actuel sur la page Settings du tableau de bord CleverTap. Un admin peut en attribuer un nouveau sous Settings > Users avec Grant. Comparez aussi l’ID de compte au Project ID affiché sous Settings > Project.
check-credentials-test-project =
    .title = CleverTap n’accepte pas ces identifiants
    .message = L’ID de compte commence par TEST-, comme ceux des projets de test. Un projet de test a ses propres passcodes. Il se peut aussi que le passcode ait expiré, ou qu’il ait été réinitialisé ou supprimé, que l’une des deux valeurs soit incorrecte, ou que le compte se trouve dans une autre région.
    .message-everywhere = L’ID de compte commence par TEST-, comme ceux des projets de test. Un projet de test a ses propres passcodes. Il se peut aussi que le passcode ait expiré, ou qu’il ait été réinitialisé ou supprimé, ou que l’une des deux valeurs soit incorrecte. Aucune des régions vérifiées ne les a acceptés : le choix de la région n’est donc pas en cause.
    .action = Dans votre tableau de bord CleverTap, ouvrez le projet de test et comparez l’ID de compte au Project ID affiché sous Settings > Project. S’il est correct, utilisez un passcode de ce projet. { -new-passcode } Pour connecter plutôt le projet de production, saisissez son Project ID et son passcode.

check-account-id =
    .title = CleverTap ne reconnaît pas cet ID de compte
    .message = CleverTap indique que cet ID de compte n’est pas valable dans la région choisie.
    .action = { -copy-account-id } Vérifiez que la région est bien celle qui figure dans l’adresse du tableau de bord.
check-account-id-everywhere =
    .message = CleverTap indique que cet ID de compte n’est pas valable. Aucune des régions vérifiées ne l’a accepté : le choix de la région n’est donc pas en cause.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = Ceci ressemble à une adresse e-mail, pas à un ID de compte
    .message = Le champ de l’ID de compte contient un @, comme une adresse e-mail. Un ID de compte a en général la forme XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = Ceci est une adresse web, pas un ID de compte
    .message = Le champ de l’ID de compte contient une adresse web. Un ID de compte a en général la forme XXX-XXX-XXXX.
    .action = { -copy-account-id } Vous pouvez aussi coller l’adresse que votre navigateur affiche quand vous êtes connecté au tableau de bord : elle contient l’ID de compte.
check-account-id-account-name =
    .title = Ceci ressemble à un nom, pas à un ID de compte
    .message = Le champ de l’ID de compte contient des mots ou des lettres, comme le nom d’un compte. Un ID de compte a en général la forme XXX-XXX-XXXX, avec des chiffres et des majuscules.
    .action = { -copy-account-id }
check-account-id-label =
    .title = Saisissez seulement l’ID de compte
    .message = Le champ de l’ID de compte contient un autre texte en plus de l’ID de compte ou à sa place, par exemple le nom du champ ou d’un en-tête.
    .action = Supprimez cet autre texte et saisissez seulement l’ID de compte lui-même, qui a en général la forme XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = Les ID de compte n’ont que des majuscules
    .message = Cet ID de compte contient des minuscules. CleverTap distingue les minuscules des majuscules.
    .action = Saisissez l’ID de compte en majuscules, ou copiez-le de nouveau. { -account-id-place }
check-account-id-incomplete =
    .title = L’ID de compte n’a pas la forme habituelle
    .message = Un ID de compte comporte en général trois groupes de 3, 3 et 4 caractères séparés par des tirets : XXX-XXX-XXXX. Ici, il manque des caractères ou des tirets, ou il y en a trop, par exemple des espaces.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = L’ID de compte contient un caractère peut-être mal lu
    .message = Le caractère { $position } est { $character } ; les ID de compte ne contiennent pas { $character }.
    .message-two = Le caractère { $position } est { $character } et le caractère { $second-position } est { $second-character } ; les ID de compte ne contiennent ni l’un ni l’autre.
    .message-foreign = L’ID de compte contient un caractère qui peut sembler correct, mais qui n’est ni une lettre de A à Z ni un chiffre de 0 à 9 (position { $positions }).
    .action = Copiez l’ID de compte au lieu de le saisir. { -account-id-place }

looks-like-token =
    .title = Ceci ressemble à un jeton de compte, pas à un passcode
    .message = CleverTap n’a pas accepté ces identifiants, et le passcode a la forme d’un jeton de compte (appelé Project Token dans le tableau de bord), qui est destiné aux SDK.
    .action = Saisissez plutôt le passcode. { -new-passcode }

fields-swapped =
    .title = L’ID de compte et le passcode sont peut-être inversés
    .message = CleverTap n’a pas accepté ces identifiants. Le passcode a la forme d’un ID de compte, et l’ID de compte celle d’un passcode ou d’un jeton.
    .action = S’ils sont inversés, échangez-les. Sinon, corrigez l’ID de compte. { -account-id-place }

choose-region =
    .title = Votre compte se trouve dans une autre région
    .message = CleverTap n’accepte pas ces identifiants dans la région { $region }, mais les accepte dans la région { $suggested }.
    .action = Choisissez { $suggested } comme région, puis réessayez.

request-whitelisting =
    .title = CleverTap n’a pas encore approuvé cette intégration
    .message = Le nom de partenaire « { $partner } » ne figure pas parmi les partenaires approuvés par CleverTap. Aucun compte ne peut donc encore être connecté sous ce nom.
    .action = Vous n’avez rien à modifier pour le moment. Le fournisseur de cette intégration doit demander à CleverTap d’approuver le nom de partenaire. C’est seulement ensuite que votre ID de compte et votre passcode pourront être vérifiés.

retry-shortly =
    .title = CleverTap n’est pas disponible pour le moment
    .message = CleverTap était injoignable ou n’a pas donné de réponse exploitable à temps. Vos identifiants n’ont pas pu être vérifiés ; ils sont peut-être tout à fait corrects.
    .action = Patientez un instant, puis réessayez. Si le problème persiste, consultez la page d’état de CleverTap.
    .action-minutes = Réessayez dans { $minutes } min. Si le problème persiste, consultez la page d’état de CleverTap.
retry-shortly-busy =
    .title = CleverTap est très sollicité
    .message = CleverTap n’accepte pas d’autres requêtes pour le moment. Vos identifiants n’ont pas pu être vérifiés ; ils sont peut-être tout à fait corrects.
retry-shortly-overloaded =
    .title = Ce service est très sollicité
    .message = Trop de vérifications sont en cours en ce moment. Vos identifiants n’ont pas pu être vérifiés ; ils sont peut-être tout à fait corrects.
    .action = Patientez un instant, puis réessayez.
    .action-minutes = Réessayez dans { $minutes } min.

slow-down =
    .title = Trop de requêtes
    .message = Il y a trop de requêtes en ce moment. Vos identifiants n’ont pas été vérifiés.
    .action = Patientez un instant, puis réessayez.
    .action-minutes = Réessayez dans { $minutes } min.

too-many-attempts =
    .title = Trop de tentatives
    .message = Il y a eu trop de tentatives avec ce compte ou dans cette session. Pour protéger le compte, les nouvelles tentatives sont suspendues.
    .action = Réessayez après la suspension. Entre-temps, assurez-vous de disposer d’un passcode valable. { -new-passcode }
    .action-minutes = Réessayez dans { $minutes } min. Entre-temps, assurez-vous de disposer d’un passcode valable. { -new-passcode }
attempts-left = Tentatives restantes pour ce compte avant une suspension : { $count }.

contact-operator =
    .title = Un problème inattendu est survenu
    .message = La vérification s’est terminée sans résultat, et il est peu probable qu’une nouvelle tentative aboutisse. Vos identifiants n’ont pas pu être vérifiés ; ils sont peut-être tout à fait corrects.
    .action = Contactez l’assistance de cette intégration et indiquez-lui l’ID de la requête.

fix-request =
    .title = La requête ne peut pas être traitée
    .message = L’intégration a envoyé une requête que le service ne comprend pas ou à laquelle il n’est pas autorisé à répondre.
    .action = Vous ne pouvez pas corriger cela vous-même. Prévenez l’assistance de cette intégration et indiquez-lui l’ID de la requête.
fix-request-fields =
    .title = Veuillez vérifier votre saisie
    .message = Au moins un champ est vide ou inutilisable.
    .action = Corrigez les champs signalés, puis réessayez.
fix-request-label =
    .title = Saisissez seulement la valeur elle-même
    .message = Un champ contient un autre texte en plus de sa valeur ou à sa place, par exemple le nom du champ ou d’un en-tête.
    .action = Supprimez cet autre texte du champ signalé, puis réessayez.
fix-request-web-address =
    .title = Ceci est une adresse web
    .message = Un champ contient une adresse web alors qu’il attend une autre valeur.
    .action = Copiez la valeur du champ signalé depuis votre tableau de bord CleverTap, puis réessayez.

## Field errors: what is wrong, and what is allowed

error-missing = Ce champ est obligatoire.
error-empty = Veuillez remplir ce champ.
error-wrong-type = Ce membre doit être une chaîne JSON, mais il est de type { $found }.
    .flag = Ce membre doit être true ou false, mais il est de type { $found }.
error-too-long = Saisissez { $most } caractères au maximum.
error-unusable-characters = Le caractère { $position } est inutilisable. Utilisez uniquement les lettres A–Z et a–z (sans accents ni cédille), des chiffres et des signes de ponctuation, sans espaces. Un texte copié peut contenir des caractères invisibles ou ressemblants : videz le champ et copiez de nouveau la valeur, ou saisissez-la.
error-unknown-region = Choisissez l’une de ces régions : { $known }. Ou collez l’adresse de votre tableau de bord CleverTap, qui contient la région.
    .near = Vouliez-vous dire { $region } ? Choisissez l’une de ces régions : { $known }. Ou collez l’adresse de votre tableau de bord CleverTap, qui contient la région.
    .address = Cette adresse ne contient pas de région. Connectez-vous d’abord à votre tableau de bord CleverTap, puis copiez l’adresse que le navigateur affiche. Ou choisissez l’une de ces régions : { $known }.
error-no-origin = Seule l’origine d’une page est acceptée : schéma, hôte et port, par exemple https://dash.example.com.
error-out-of-range = Seul un nombre entier de 1 à { $most } est accepté.

## Warnings

warning-repaired =
    .account-id = L’ID de compte a été corrigé : des espaces ou guillemets qui l’entouraient, des caractères invisibles, des tirets spéciaux ou des caractères pleine chasse ont été supprimés ou remplacés, ou bien l’ID a été repris de l’adresse collée.
    .passcode = Des espaces ou guillemets qui entouraient le passcode, ou des caractères invisibles, ont été supprimés.
    .region = Des espaces ou guillemets qui entouraient la région, ou des caractères invisibles, ont été supprimés.
warning-unusual-shape =
    .account-id = Les ID de compte CleverTap ont en général la forme XXX-XXX-XXXX. Comparez celui-ci au Project ID affiché sous Settings > Project dans votre tableau de bord CleverTap.
warning-url-conflict =
    .account-id = L’adresse du tableau de bord collée correspond à un autre ID de compte que celui saisi. C’est l’ID saisi qui a été utilisé.
    .region = L’adresse du tableau de bord saisie comme ID de compte appartient à une autre région que celle choisie. La région choisie a été utilisée.

## Problems: title, and what it means

problem-malformed-json = JSON mal formé
    .detail = Le corps doit être un seul objet JSON comportant les membres account_id, passcode, region et, si souhaité, suggest_region et lang, chacun une fois au plus et aucun autre.
    .position = Voir ligne { $line }, colonne { $column }.
    .duplicate = Le membre { $member } figure plus d’une fois (ligne { $line }, colonne { $column }).
    .unknown = Un membre est inconnu (ligne { $line }, colonne { $column }).
    .similar = Un membre est inconnu (ligne { $line }, colonne { $column }) ; { $member } est peut-être le nom voulu.
problem-bad-request = Requête incorrecte
    .detail = La requête HTTP est mal formée ou ambiguë : il lui faut exactement un Host valide et une longueur sans ambiguïté.
problem-invalid-request = Requête non valide
    .detail = Au moins un champ est manquant ou inutilisable ; "errors" indique chacun d’eux.
problem-unauthenticated = Non authentifié
    .detail = La requête doit comporter une clé API ou un jeton de session valide dans l’en-tête "Authorization: Bearer".
problem-forbidden = Accès interdit
    .detail = La clé ou le jeton est valide, mais n’autorise pas cette opération.
problem-not-found = Introuvable
    .detail = Il n’y a rien à cette adresse.
problem-method-not-allowed = Méthode non autorisée
    .detail = Cette adresse n’accepte pas cette méthode ; l’en-tête "Allow" indique celles qu’elle accepte.
problem-unsupported-media-type = Type de contenu non pris en charge
    .detail = Le corps doit être du JSON, et "Content-Type" doit valoir application/json.
problem-payload-too-large = Contenu trop volumineux
    .detail = Le corps est plus long que ce que ce service accepte.
problem-request-timeout = Délai de la requête dépassé
    .detail = La requête n’est pas arrivée en entier à temps.
problem-uri-too-long = URI trop long
    .detail = L’adresse est plus longue que ce que ce service accepte.
problem-headers-too-large = En-têtes trop volumineux
    .detail = Les en-têtes sont plus longs ou plus nombreux que ce que ce service accepte.
problem-rate-limited = Limite de requêtes dépassée
    .detail = Il est arrivé plus de requêtes que cet appelant ne peut en envoyer ; "Retry-After" indique quand réessayer.
problem-too-many-attempts = Trop de tentatives
    .detail = Trop de jeux d’identifiants différents ont été refusés pour ce compte en peu de temps, ou le jeton de session n’a plus de tentatives ; "Retry-After" indique quand la prochaine tentative sera possible.
problem-upstream-unexpected = Réponse inattendue de CleverTap
    .detail = CleverTap a donné une réponse qui n’est aucune de celles connues. On ne peut donc rien dire des identifiants.
problem-upstream-unavailable = CleverTap n’est pas disponible
    .detail = CleverTap était injoignable ou a signalé une erreur de son côté. On ne peut donc rien dire des identifiants.
problem-upstream-busy = CleverTap est très sollicité
    .detail = CleverTap n’accepte pas d’autres requêtes pour le moment. On ne peut donc encore rien dire des identifiants.
problem-upstream-timeout = CleverTap n’a pas répondu à temps
    .detail = CleverTap n’a pas donné de réponse complète à temps. On ne peut donc rien dire des identifiants.
problem-overloaded = Service surchargé
    .detail = Ce service refuse pour un instant toute nouvelle tâche afin de rester réactif.
problem-internal = Erreur interne
    .detail = Il s’agit d’une défaillance de ce service ; son exploitant peut la retrouver grâce à l’ID de la requête.

## Pages, the command line and its report

page-owner = Qui peut y remédier
page-action = Que faire
page-retryable = Nouvelle tentative utile sans modification
page-yes = Oui
page-no = Non
page-more = En savoir plus
page-languages = Autres langues
owner-none = Il n’y a rien à corriger
owner-customer = Vous, en tant que client
owner-partner = Le fournisseur de cette intégration
owner-clevertap = CleverTap
owner-operator = L’exploitant de ce service
report-title = Identifiants enregistrés
report-made = Vérifiés à nouveau par connect-verifier le { $time }.
report-rows = Lignes
report-accepted = Acceptés
report-refused = Non acceptés
report-undecided = Sans résultat
report-results = Résultats
report-regions = Résultats par région
report-newly-refused = Plus acceptés depuis le dernier rapport
report-recovered = À nouveau acceptés depuis le dernier rapport
report-accounts = Que faire, et pour quels comptes
report-nothing = Aucun.
report-account = Compte
report-id = ID
report-region = Région choisie
report-result = Résultat
report-more = { $count } de plus figurent dans le fichier de sortie.
report-customer = Le client
