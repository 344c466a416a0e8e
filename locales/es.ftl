# Spanish: español

## Sentences that several texts share

-new-passcode = Un passcode existente no se puede volver a mostrar. Para crear uno nuevo, abra Settings > Passcodes en su panel de CleverTap y seleccione + Passcode y después Create & View; API Key lo copia. Si no ve Passcodes, pida ayuda a un administrador de su cuenta de CleverTap.
-copy-account-id = Copie el ID de cuenta en su panel de CleverTap, en Settings > Project, donde se llama Project ID.
-account-id-place = Su panel de CleverTap muestra el ID de cuenta en Settings > Project, donde se llama Project ID.

## Advice: one message for each code, and one for each reason that refines it

verified =
    .title = Credenciales aceptadas
    .message = CleverTap aceptó este ID de cuenta y este passcode.
    .action = No tiene que hacer nada más.

check-credentials =
    .title = CleverTap no acepta estas credenciales
    .message = CleverTap no aceptó este ID de cuenta y este passcode en esta región. Es posible que uno de los dos no sea correcto, que la cuenta esté en otra región, o que el passcode haya caducado o se haya restablecido o eliminado.
    .action = En su panel de CleverTap, compare el ID de cuenta con el Project ID que aparece en Settings > Project, y la región con la que figura en la dirección web del panel. Si ambos son correctos, use otro passcode. { -new-passcode }
check-credentials-everywhere =
    .message = Ninguna de las regiones comprobadas aceptó este ID de cuenta y este passcode, así que la elección de la región no es la causa. Es posible que uno de los dos no sea correcto, o que el passcode haya caducado o se haya restablecido o eliminado.
    .action = En su panel de CleverTap, compare el ID de cuenta con el Project ID que aparece en Settings > Project. Si es correcto, use otro passcode. { -new-passcode }
check-credentials-hidden-passcode =
    .title = Este no es el passcode mismo
    .message = El campo del passcode contiene solo puntos o asteriscos. Una página los muestra en lugar de un passcode que oculta.
    .action = Introduzca el passcode mismo. { -new-passcode }
check-credentials-bearer-prefix =
    .title = El passcode empieza por la palabra Bearer
    .message = La palabra Bearer pertenece a otros tipos de claves. CleverTap espera el passcode sin ella.
    .action = Quite la palabra Bearer e introduzca solo el passcode.
check-credentials-label =
    .title = Introduzca solo el passcode
    .message = El campo del passcode contiene otro texto además del passcode o en su lugar, por ejemplo, el nombre del campo o de un encabezado.
    .action = Quite el otro texto e introduzca solo el passcode.
check-credentials-web-address =
    .title = Esto es una dirección web, no un passcode
    .message = El campo del passcode contiene una dirección web.
    .action = Introduzca el passcode mismo. { -new-passcode }
check-credentials-same-as-account-id =
    .title = Los dos campos contienen el mismo valor
    .message = El ID de cuenta y el passcode son dos valores distintos, pero en ambos campos se introdujo el mismo.
    .action = { -copy-account-id } Después, introduzca el passcode. { -new-passcode }
check-credentials-placeholder =
    .title = Esto parece un texto de ejemplo, no un passcode
    .message = El campo del passcode contiene una palabra que los ejemplos y formularios muestran en lugar de un passcode.
    .action = Introduzca el passcode mismo. { -new-passcode }
check-credentials-user-passcode =
    .title = CleverTap no acepta estas credenciales
    .message = El passcode tiene el formato de un passcode de usuario. Un passcode de usuario caduca, y un administrador puede restablecerlo o revocarlo. También es posible que el ID de cuenta no sea correcto o que la cuenta esté en otra región.
    .message-everywhere = El passcode tiene el formato de un passcode de usuario. Un passcode de usuario caduca, y un administrador puede restablecerlo o revocarlo. También es posible que el ID de cuenta no sea correcto. Ninguna de las regiones comprobadas lo aceptó, así que la elección de la región no es la causa.
    .action = La persona a la que se concedió este passcode ve el actual en la página Settings del panel de CleverTap. Un administrador puede conceder uno nuevo en Settings > Users con Grant. Compare también el ID de cuenta con el Project ID que aparece en Settings > Project.
check-credentials-test-project =
    .title = CleverTap no acepta estas credenciales
    .message = El ID de cuenta empieza por TEST-, como los de los proyectos de prueba. Un proyecto de prueba tiene sus propios passcodes. También es posible que el passcode haya caducado o se haya restablecido o eliminado, que uno de los dos valores no sea correcto, o que la cuenta esté en otra región.
    .message-everywhere = El ID de cuenta empieza por TEST-, como los de los proyectos de prueba. Un proyecto de prueba tiene sus propios passcodes. También es posible que el passcode haya caducado o se haya restablecido o eliminado, o que uno de los dos valores no sea correcto. Ninguna de las regiones comprobadas los aceptó, así que la elección de la región no es la causa.
    .action = En su panel de CleverTap, abra el proyecto de prueba y compare el ID de cuenta con el Project ID que aparece en Settings > Project. Si es correcto, use un passcode de este proyecto. { -new-passcode } Si prefiere conectar el proyecto de producción, introduzca su Project ID y su passcode.

check-account-id =
    .title = CleverTap no reconoce este ID de cuenta
    .message = CleverTap informa de que este ID de cuenta no es válido en la región elegida.
    .action = { -copy-account-id } Compruebe que la región sea la que figura en la dirección web del panel.
check-account-id-everywhere =
    .message = CleverTap informa de que este ID de cuenta no es válido. Ninguna de las regiones comprobadas lo aceptó, así que la elección de la región no es la causa.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = Esto parece una dirección de correo electrónico, no un ID de cuenta
    .message = El campo del ID de cuenta contiene una @, como una dirección de correo electrónico. Un ID de cuenta tiene normalmente el formato XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = Esto es una dirección web, no un ID de cuenta
    .message = El campo del ID de cuenta contiene una dirección web. Un ID de cuenta tiene normalmente el formato XXX-XXX-XXXX.
    .action = { -copy-account-id } También puede pegar la dirección web que muestra el navegador cuando ha iniciado sesión en el panel: contiene el ID de cuenta.
check-account-id-account-name =
    .title = Esto parece un nombre, no un ID de cuenta
    .message = El campo del ID de cuenta contiene palabras o letras, como el nombre de una cuenta. Un ID de cuenta tiene normalmente el formato XXX-XXX-XXXX, con cifras y mayúsculas.
    .action = { -copy-account-id }
check-account-id-label =
    .title = Introduzca solo el ID de cuenta
    .message = El campo del ID de cuenta contiene otro texto además del ID de cuenta o en su lugar, por ejemplo, el nombre del campo o de un encabezado.
    .action = Quite el otro texto e introduzca solo el ID de cuenta, que normalmente tiene el formato XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = Los ID de cuenta solo tienen mayúsculas
    .message = Este ID de cuenta contiene minúsculas. CleverTap distingue entre minúsculas y mayúsculas.
    .action = Introduzca el ID de cuenta en mayúsculas o cópielo de nuevo. { -account-id-place }
check-account-id-incomplete =
    .title = El ID de cuenta no tiene el formato habitual
    .message = Un ID de cuenta tiene normalmente tres grupos de 3, 3 y 4 caracteres separados por guiones: XXX-XXX-XXXX. Aquí faltan caracteres o guiones, o hay demasiados, por ejemplo, espacios.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = El ID de cuenta contiene un carácter que puede haberse leído mal
    .message = El carácter { $position } es { $character }; los ID de cuenta no contienen { $character }.
    .message-two = El carácter { $position } es { $character } y el carácter { $second-position } es { $second-character }; los ID de cuenta no contienen ninguno de los dos.
    .message-foreign = El ID de cuenta contiene un carácter que puede parecer correcto, pero que no es ninguna de las letras A–Z ni de las cifras 0–9 (posición { $positions }).
    .action = Copie el ID de cuenta en lugar de escribirlo. { -account-id-place }

looks-like-token =
    .title = Esto parece un token de cuenta, no un passcode
    .message = CleverTap no aceptó estas credenciales, y el passcode tiene el formato de un token de cuenta (llamado Project Token en el panel), que está destinado a los SDK.
    .action = Introduzca en su lugar el passcode. { -new-passcode }

fields-swapped =
    .title = Es posible que el ID de cuenta y el passcode estén intercambiados
    .message = CleverTap no aceptó estas credenciales. El passcode tiene el formato de un ID de cuenta, y el ID de cuenta tiene el de un passcode o un token.
    .action = Si están intercambiados, cámbielos de campo. Si no lo están, corrija el ID de cuenta. { -account-id-place }

choose-region =
    .title = Su cuenta está en otra región
    .message = CleverTap no acepta estas credenciales en la región { $region }, pero sí en la región { $suggested }.
    .action = Elija { $suggested } como región e inténtelo de nuevo.

request-whitelisting =
    .title = CleverTap aún no ha aprobado esta integración
    .message = El nombre de socio «{ $partner }» no figura entre los socios aprobados por CleverTap, por lo que todavía no se puede conectar ninguna cuenta con este nombre.
    .action = Por ahora no tiene que cambiar nada. El proveedor de esta integración debe pedir a CleverTap que apruebe el nombre de socio. Solo después se podrán verificar su ID de cuenta y su passcode.

retry-shortly =
    .title = CleverTap no está disponible en este momento
    .message = No se pudo establecer comunicación con CleverTap, o no dio a tiempo una respuesta utilizable. No se pudieron verificar sus credenciales; es muy posible que sean correctas.
    .action = Espere un momento e inténtelo de nuevo. Si el problema continúa, consulte la página de estado de CleverTap.
    .action-minutes = Inténtelo de nuevo en { $minutes } min. Si el problema continúa, consulte la página de estado de CleverTap.
retry-shortly-busy =
    .title = CleverTap está ocupado
    .message = CleverTap no admite más solicitudes en este momento. No se pudieron verificar sus credenciales; es muy posible que sean correctas.
retry-shortly-overloaded =
    .title = Este servicio está ocupado
    .message = En este momento hay demasiadas verificaciones en curso. No se pudieron verificar sus credenciales; es muy posible que sean correctas.
    .action = Espere un momento e inténtelo de nuevo.
    .action-minutes = Inténtelo de nuevo en { $minutes } min.

slow-down =
    .title = Demasiadas solicitudes
    .message = En este momento hay demasiadas solicitudes. No se verificaron sus credenciales.
    .action = Espere un momento e inténtelo de nuevo.
    .action-minutes = Inténtelo de nuevo en { $minutes } min.

too-many-attempts =
    .title = Demasiados intentos
    .message = Ha habido demasiados intentos con esta cuenta o en esta sesión. Para proteger la cuenta, los nuevos intentos están en pausa.
    .action = Inténtelo de nuevo cuando termine la pausa. Mientras tanto, asegúrese de tener un passcode válido. { -new-passcode }
    .action-minutes = Inténtelo de nuevo en { $minutes } min. Mientras tanto, asegúrese de tener un passcode válido. { -new-passcode }
attempts-left = Intentos que quedan para esta cuenta antes de una pausa: { $count }.

contact-operator =
    .title = Ocurrió algo inesperado
    .message = La verificación terminó sin resultado, y es poco probable que intentarlo de nuevo sirva de algo. No se pudieron verificar sus credenciales; es muy posible que sean correctas.
    .action = Póngase en contacto con el soporte de esta integración e indique el ID de la solicitud.

fix-request =
    .title = No se puede procesar la solicitud
    .message = La integración envió una solicitud que el servicio no entiende o que no tiene permitido responder.
    .action = Usted no puede corregirlo. Avise al soporte de esta integración e indique el ID de la solicitud.
fix-request-fields =
    .title = Revise los datos introducidos
    .message = Hay al menos un campo vacío o que no se puede utilizar.
    .action = Corrija los campos marcados e inténtelo de nuevo.
fix-request-label =
    .title = Introduzca solo el valor
    .message = Un campo contiene otro texto además de su valor o en su lugar, por ejemplo, el nombre del campo o de un encabezado.
    .action = Quite el otro texto del campo marcado e inténtelo de nuevo.
fix-request-web-address =
    .title = Esto es una dirección web
    .message = Un campo contiene una dirección web donde corresponde otro valor.
    .action = Copie el valor del campo marcado desde su panel de CleverTap e inténtelo de nuevo.

## Field errors: what is wrong, and what is allowed

error-missing = Este campo es obligatorio.
error-empty = Rellene este campo.
error-wrong-type = Este miembro debe ser una cadena JSON, pero es de tipo { $found }.
    .flag = Este miembro debe ser true o false, pero es de tipo { $found }.
error-too-long = Introduzca { $most } caracteres como máximo.
error-unusable-characters = El carácter { $position } no se puede utilizar. Use solo las letras A–Z y a–z (sin acentos ni ñ), cifras y signos de puntuación, sin espacios. El texto copiado puede contener caracteres invisibles o parecidos: vacíe el campo y vuelva a copiar el valor, o escríbalo.
error-unknown-region = Elija una de estas regiones: { $known }. O pegue la dirección web de su panel de CleverTap, que contiene la región.
    .near = ¿Quiso decir { $region }? Elija una de estas regiones: { $known }. O pegue la dirección web de su panel de CleverTap, que contiene la región.
    .address = Esta dirección web no contiene ninguna región. Inicie sesión primero en su panel de CleverTap y copie después la dirección que muestra el navegador. O elija una de estas regiones: { $known }.
error-no-origin = Se admite el origen de una página: solo esquema, host y puerto, como https://dash.example.com.
error-out-of-range = Se admite un número entero del 1 al { $most }.

## Warnings

warning-repaired =
    .account-id = Se corrigió el ID de cuenta: se quitaron o sustituyeron espacios o comillas a su alrededor, caracteres invisibles, guiones especiales o caracteres de ancho completo, o se tomó el ID de la dirección pegada.
    .passcode = Se quitaron espacios o comillas alrededor del passcode, o caracteres invisibles.
    .region = Se quitaron espacios o comillas alrededor de la región, o caracteres invisibles.
warning-unusual-shape =
    .account-id = Los ID de cuenta de CleverTap tienen normalmente el formato XXX-XXX-XXXX. Compare este con el Project ID que aparece en Settings > Project en su panel de CleverTap.
warning-url-conflict =
    .account-id = La dirección web del panel que pegó corresponde a un ID de cuenta distinto del introducido. Se usó el introducido.
    .region = La dirección web del panel introducida como ID de cuenta corresponde a una región distinta de la elegida. Se usó la región elegida.

## Problems: title, and what it means

problem-malformed-json = JSON con formato incorrecto
    .detail = El cuerpo debe ser un único objeto JSON con los miembros account_id, passcode, region y, si se desea, suggest_region y lang; cada uno una vez como máximo, y ningún otro.
    .position = Véase la línea { $line }, columna { $column }.
    .duplicate = El miembro { $member } aparece más de una vez (línea { $line }, columna { $column }).
    .unknown = Hay un miembro desconocido (línea { $line }, columna { $column }).
    .similar = Hay un miembro desconocido (línea { $line }, columna { $column }); quizá se quiso decir { $member }.
problem-bad-request = Solicitud incorrecta
    .detail = La solicitud HTTP está mal formada o es ambigua: necesita exactamente un Host válido y una longitud inequívoca.
problem-invalid-request = Solicitud no válida
    .detail = Hay al menos un campo que falta o que no se puede utilizar; "errors" los indica todos.
problem-unauthenticated = Sin autenticar
    .detail = La solicitud necesita una clave de API o un token de sesión válidos en el encabezado "Authorization: Bearer".
problem-forbidden = Acceso no permitido
    .detail = La clave o el token son válidos, pero no autorizan esta operación.
problem-not-found = No encontrado
    .detail = No hay nada en esta dirección web.
problem-method-not-allowed = Método no permitido
    .detail = Esta dirección web no admite este método; el encabezado "Allow" indica los que admite.
problem-unsupported-media-type = Tipo de contenido no admitido
    .detail = El cuerpo debe ser JSON, y "Content-Type" debe ser application/json.
problem-payload-too-large = Contenido demasiado grande
    .detail = El cuerpo es más largo de lo que acepta este servicio.
problem-request-timeout = Se agotó el tiempo de la solicitud
    .detail = La solicitud no llegó completa a tiempo.
problem-uri-too-long = URI demasiado larga
    .detail = La dirección web es más larga de lo que acepta este servicio.
problem-headers-too-large = Encabezados demasiado grandes
    .detail = Los encabezados son más largos o más numerosos de lo que acepta este servicio.
problem-rate-limited = Límite de solicitudes superado
    .detail = Llegaron más solicitudes de las que este cliente puede enviar; "Retry-After" indica cuándo volver a intentarlo.
problem-too-many-attempts = Demasiados intentos
    .detail = Se rechazaron demasiadas credenciales distintas para esta cuenta en poco tiempo, o al token de sesión no le quedan intentos; "Retry-After" indica cuándo se podrá hacer el siguiente intento.
problem-upstream-unexpected = Respuesta inesperada de CleverTap
    .detail = CleverTap dio una respuesta que no es ninguna de las conocidas, por lo que no se puede decir nada sobre las credenciales.
problem-upstream-unavailable = CleverTap no está disponible
    .detail = No se pudo establecer comunicación con CleverTap o este informó de un error propio, por lo que no se puede decir nada sobre las credenciales.
problem-upstream-busy = CleverTap está ocupado
    .detail = CleverTap no admite más solicitudes en este momento, por lo que todavía no se puede decir nada sobre las credenciales.
problem-upstream-timeout = CleverTap no respondió a tiempo
    .detail = CleverTap no dio a tiempo una respuesta completa, por lo que no se puede decir nada sobre las credenciales.
problem-overloaded = Servicio sobrecargado
    .detail = Este servicio rechaza por un momento las tareas nuevas para seguir respondiendo.
problem-internal = Error interno
    .detail = Es un fallo de este servicio; su operador puede localizarlo con el ID de la solicitud.

## Pages, the command line and its report

page-owner = Quién puede solucionarlo
page-action = Qué hacer
page-retryable = Conviene reintentar sin cambios
page-yes = Sí
page-no = No
page-more = Más información
page-languages = Otros idiomas
owner-none = No hay nada que solucionar
owner-customer = Usted, el cliente
owner-partner = El proveedor de esta integración
owner-clevertap = CleverTap
owner-operator = El operador de este servicio
report-title = Credenciales guardadas
report-made = Verificadas de nuevo por connect-verifier el { $time }.
report-rows = Filas
report-accepted = Aceptadas
report-refused = No aceptadas
report-undecided = Sin resultado
report-results = Resultados
report-regions = Resultados por región
report-newly-refused = Ya no se aceptan desde el último informe
report-recovered = Aceptadas de nuevo desde el último informe
report-accounts = Qué hacer y para qué cuentas
report-nothing = Ninguna.
report-account = Cuenta
report-id = ID
report-region = Región elegida
report-result = Resultado
report-more = Hay { $count } más en el archivo de salida.
report-customer = El cliente
