# French: français

## Advice: one message for each code

verified =
    .title = Connexion réussie
    .message = CleverTap a accepté ces identifiants.
    .action = Vous n’avez rien à faire.

check-credentials =
    .title = CleverTap n’accepte pas ces identifiants
    .message = L’ID de compte et le passcode ne vont pas ensemble dans cette région. Il se peut aussi que le passcode ait expiré, ou qu’il ait été réinitialisé ou supprimé.
    .action = Dans votre tableau de bord CleverTap, comparez l’ID de compte au Project ID affiché sous Settings > Project, puis créez ou copiez un passcode sous Settings > Passcodes. Vérifiez que la région est bien celle qui figure dans l’adresse de votre tableau de bord.

check-credentials-test-project =
    .title = CleverTap n’accepte pas ces identifiants
    .message = L’ID de compte est celui d’un projet de test (il commence par TEST-), et un passcode du projet de production n’est pas valable pour ce projet.
    .action = Dans votre tableau de bord CleverTap, ouvrez le projet de test et copiez-y un passcode sous Settings > Passcodes, ou saisissez le Project ID du projet de production.

check-account-id =
    .title = CleverTap ne connaît pas cet ID de compte
    .message = Aucun compte ne porte cet ID dans la région choisie.
    .action = Copiez le Project ID sous Settings > Project dans votre tableau de bord CleverTap, et vérifiez que la région est bien celle qui figure dans l’adresse de votre tableau de bord.

looks-like-token =
    .title = Ceci ressemble à un jeton de compte, pas à un passcode
    .message = CleverTap n’a pas accepté cette valeur, et elle a la forme du jeton de compte destiné aux SDK.
    .action = Copiez un passcode sous Settings > Passcodes dans votre tableau de bord CleverTap.

fields-swapped =
    .title = L’ID de compte et le passcode semblent inversés
    .message = CleverTap ne les a pas acceptés, et le passcode ressemble à un ID de compte.
    .action = Saisissez le Project ID dans le champ de l’ID de compte et le passcode dans le champ du passcode, puis réessayez.

choose-region =
    .title = Votre compte se trouve dans une autre région
    .message = CleverTap n’accepte pas ces identifiants dans la région { $region }, mais les accepte dans la région { $suggested }.
    .action = Choisissez { $suggested } comme région, puis réessayez.

request-whitelisting =
    .title = CleverTap n’a pas encore activé cette intégration
    .message = Le nom de partenaire « { $partner } » ne figure pas parmi les partenaires agréés par CleverTap, qui ne laisse donc personne se connecter par son intermédiaire.
    .action = Vous n’avez rien à modifier. Le fournisseur de cette intégration doit demander à CleverTap d’ajouter le nom de partenaire à sa liste d’autorisation.

retry-shortly =
    .title = CleverTap est injoignable pour le moment
    .message = CleverTap n’a pas donné de réponse exploitable à temps. Cela ne dit rien de vos identifiants.
    .action = Patientez un instant, puis réessayez. Si le problème persiste, consultez la page d’état de CleverTap.

retry-shortly-overloaded =
    .title = Le service est occupé
    .message = Trop de vérifications sont en cours en ce moment. Cela ne dit rien de vos identifiants.
    .action = Patientez un instant, puis réessayez.

slow-down =
    .title = Trop de requêtes
    .message = Cette intégration envoie plus de requêtes que convenu.
    .action = Patientez un instant, puis réessayez.

too-many-attempts =
    .title = Trop de tentatives avec ce compte
    .message = Plusieurs jeux d’identifiants différents ont été refusés pour ce compte. Pour le protéger, les nouvelles tentatives sont suspendues.
    .action = Attendez la fin de la suspension. Entre-temps, copiez un passcode en cours de validité sous Settings > Passcodes dans votre tableau de bord CleverTap.

contact-operator =
    .title = Un problème inattendu est survenu
    .message = La vérification s’est terminée sans résultat, et il est peu probable qu’une nouvelle tentative aboutisse. Cela ne dit rien de vos identifiants.
    .action = Contactez l’assistance de cette intégration et indiquez-lui l’ID de la requête.

fix-request =
    .title = La requête ne peut pas être traitée
    .message = L’intégration a envoyé une requête que le service ne comprend pas ou à laquelle il n’est pas autorisé à répondre.
    .action = Le fournisseur de cette intégration doit la corriger.

fix-request-fields =
    .title = Veuillez vérifier votre saisie
    .message = Au moins un champ est manquant ou inutilisable.
    .action = Corrigez les champs signalés, puis réessayez.

## Field errors: what is wrong, and what is allowed

error-missing = Ce champ est obligatoire.
error-empty = Ce champ ne doit pas être vide.
error-wrong-type = Ce champ doit être un texte, mais il est de type { $found }.
    .flag = Ce champ doit être true ou false, mais il est de type { $found }.
error-too-long = Ce champ ne doit pas dépasser { $most } caractères.
error-unusable-characters = Ce champ n’accepte que des lettres latines sans accents, des chiffres et des signes de ponctuation, sans espaces.
error-unknown-region = Cette région est inconnue. Utilisez l’une des suivantes : { $known }, ou bien auto, ou collez l’adresse de votre tableau de bord CleverTap.
error-no-origin = Seule l’origine d’une page est acceptée : schéma, hôte et port, par exemple https://dash.example.com.
error-out-of-range = Seul un nombre entier de 1 à { $most } est accepté.

## Warnings

warning-repaired =
    .account-id = Des espaces, guillemets ou tirets typographiques autour de l’ID de compte ou à l’intérieur ont été corrigés.
    .passcode = Des espaces ou guillemets autour du passcode ont été supprimés.
    .region = Des espaces ou guillemets autour de la région ont été supprimés.
warning-unusual-shape =
    .account-id = Ceci ne ressemble pas à un ID de compte CleverTap, qui a en général la forme XXX-XXX-XXXX.
warning-url-conflict =
    .account-id = L’adresse de tableau de bord collée correspond à un autre ID de compte que celui saisi. C’est l’ID saisi qui a été utilisé.
    .region = L’adresse du tableau de bord saisie comme ID de compte appartient à une autre région que celle choisie. La région choisie a été utilisée.

## Problems: title, and what it means

problem-malformed-json = JSON mal formé
    .detail = Le corps doit être un seul objet JSON comportant les membres account_id, passcode, region et, si souhaité, suggest_region et lang, chacun une fois au plus et aucun autre.
problem-bad-request = Requête incorrecte
    .detail = La requête HTTP est mal formée ou ambiguë : il lui faut exactement un Host valide et une longueur sans ambiguïté.
problem-invalid-request = Requête non valide
    .detail = Au moins un champ est manquant ou inutilisable ; "errors" indique chacun d’eux.
problem-unauthenticated = Non authentifié
    .detail = La requête doit comporter une clé API valide dans l’en-tête "Authorization: Bearer".
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
    .detail = Trop de jeux d’identifiants différents ont été refusés pour ce compte en peu de temps ; "Retry-After" indique quand la prochaine tentative sera possible.
problem-upstream-unexpected = Réponse inattendue de CleverTap
    .detail = CleverTap a donné une réponse qui n’est aucune de celles connues. On ne peut donc rien dire des identifiants.
problem-upstream-unavailable = CleverTap est indisponible
    .detail = CleverTap était injoignable ou a signalé une erreur de son côté. On ne peut donc rien dire des identifiants.
problem-upstream-busy = CleverTap est occupé
    .detail = CleverTap est déjà interrogé aussi souvent qu’il le permet. On ne peut donc encore rien dire des identifiants.
problem-upstream-timeout = CleverTap n’a pas répondu à temps
    .detail = CleverTap n’a pas donné de réponse complète à temps. On ne peut donc rien dire des identifiants.
problem-overloaded = Service surchargé
    .detail = Ce service refuse pour un instant toute nouvelle tâche afin de rester réactif.
problem-internal = Erreur interne
    .detail = Il s’agit d’une défaillance de ce service ; son exploitant peut la retrouver grâce à l’ID de la requête.

## Pages and the command line

page-code = Code d’erreur
page-status = Statut HTTP
page-owner = Qui peut y remédier
page-message = Ce que cela signifie
page-action = Que faire
page-retryable = Nouvelle tentative utile
page-yes = Oui
page-no = Non
owner-none = Personne n’a à intervenir
owner-customer = Vous, en tant que client
owner-partner = Le fournisseur de cette intégration
owner-clevertap = CleverTap
owner-operator = L’exploitant de ce service
