# Spanish: español

## Advice: one message for each code

verified =
    .title = Conexión correcta
    .message = CleverTap aceptó estas credenciales.
    .action = No tiene que hacer nada.

check-credentials =
    .title = CleverTap no acepta estas credenciales
    .message = El ID de cuenta y el passcode no se corresponden en esta región. También es posible que el passcode haya caducado, o que se haya restablecido o eliminado.
    .action = En su panel de CleverTap, compare el ID de cuenta con el Project ID que aparece en Settings > Project, y cree o copie un passcode en Settings > Passcodes. Compruebe que la región sea la que figura en la dirección de su panel.

check-credentials-test-project =
    .title = CleverTap no acepta estas credenciales
    .message = El ID de cuenta pertenece a un proyecto de prueba (empieza por TEST-), y un passcode del proyecto de producción no es válido para él.
    .action = En su panel de CleverTap, abra el proyecto de prueba y copie un passcode de su sección Settings > Passcodes, o introduzca el Project ID del proyecto de producción.

check-account-id =
    .title = CleverTap no reconoce este ID de cuenta
    .message = En la región elegida no existe ninguna cuenta con este ID.
    .action = Copie el Project ID de Settings > Project en su panel de CleverTap y compruebe que la región sea la que figura en la dirección de su panel.

looks-like-token =
    .title = Esto parece un token de cuenta, no un passcode
    .message = CleverTap no lo aceptó, y tiene el formato del token de cuenta destinado a los SDK.
    .action = Copie un passcode de Settings > Passcodes en su panel de CleverTap.

fields-swapped =
    .title = Parece que el ID de cuenta y el passcode están intercambiados
    .message = CleverTap no los aceptó, y el passcode parece un ID de cuenta.
    .action = Introduzca el Project ID en el campo del ID de cuenta y el passcode en el campo del passcode, e inténtelo de nuevo.

choose-region =
    .title = Su cuenta está en otra región
    .message = CleverTap no acepta estas credenciales en { $region }, pero sí en { $suggested }.
    .action = Elija { $suggested } como región e inténtelo de nuevo.

request-whitelisting =
    .title = CleverTap aún no ha habilitado esta integración
    .message = El nombre de socio «{ $partner }» no figura entre los socios aprobados por CleverTap, por lo que nadie puede conectarse a través de él.
    .action = No tiene que cambiar nada. El proveedor de esta integración debe pedir a CleverTap que añada el nombre de socio a su lista de permitidos.

retry-shortly =
    .title = No es posible comunicarse con CleverTap en este momento
    .message = CleverTap no dio a tiempo ninguna respuesta utilizable. Esto no dice nada sobre sus credenciales.
    .action = Espere un momento e inténtelo de nuevo. Si el problema continúa, consulte la página de estado de CleverTap.

retry-shortly-overloaded =
    .title = El servicio está ocupado
    .message = En este momento hay demasiadas verificaciones en curso. Esto no dice nada sobre sus credenciales.
    .action = Espere un momento e inténtelo de nuevo.

slow-down =
    .title = Demasiadas solicitudes
    .message = Esta integración envía más solicitudes de las acordadas.
    .action = Espere un momento e inténtelo de nuevo.

too-many-attempts =
    .title = Demasiados intentos con esta cuenta
    .message = Se rechazaron varias credenciales distintas para esta cuenta, por lo que los nuevos intentos están en pausa para protegerla.
    .action = Espere a que termine la pausa. Mientras tanto, copie un passcode vigente de Settings > Passcodes en su panel de CleverTap.

contact-operator =
    .title = Ocurrió algo inesperado
    .message = La verificación terminó sin resultado, y es poco probable que intentarlo de nuevo sirva de algo. Esto no dice nada sobre sus credenciales.
    .action = Póngase en contacto con el soporte de esta integración e indique el ID de la solicitud.

fix-request =
    .title = No se puede procesar la solicitud
    .message = La integración envió una solicitud que el servicio no entiende o que no tiene permitido responder.
    .action = El proveedor de esta integración debe corregirla.

fix-request-fields =
    .title = Revise los datos introducidos
    .message = Hay al menos un campo que falta o que no se puede utilizar.
    .action = Corrija los campos marcados e inténtelo de nuevo.

## Field errors: what is wrong, and what is allowed

error-missing = Este campo es obligatorio.
error-empty = Este campo no puede estar vacío.
error-wrong-type = Este campo debe ser un texto, pero es de tipo { $found }.
    .flag = Este campo debe ser true o false, pero es de tipo { $found }.
error-too-long = Este campo admite { $most } caracteres como máximo.
error-unusable-characters = Este campo solo admite letras latinas sin acentos, cifras y signos de puntuación, sin espacios.
error-unknown-region = No se reconoce esta región. Use una de las siguientes: { $known }, o bien auto, o pegue la dirección de su panel de CleverTap.
error-no-origin = Se admite el origen de una página: solo esquema, host y puerto, como https://dash.example.com.
error-out-of-range = Se admite un número entero del 1 al { $most }.

## Warnings

warning-repaired =
    .account-id = Se corrigieron espacios, comillas o guiones tipográficos en el ID de cuenta o a su alrededor.
    .passcode = Se eliminaron espacios o comillas alrededor del passcode.
    .region = Se eliminaron espacios o comillas alrededor de la región.
warning-unusual-shape =
    .account-id = Esto no parece un ID de cuenta de CleverTap, que normalmente tiene el formato XXX-XXX-XXXX.
warning-url-conflict =
    .account-id = La dirección del panel que pegó corresponde a un ID de cuenta distinto del introducido. Se usó el introducido.
    .region = La dirección del panel introducida como ID de cuenta pertenece a otra región distinta de la elegida. Se ha usado la región elegida.

## Problems: title, and what it means

problem-malformed-json = JSON con formato incorrecto
    .detail = El cuerpo debe ser un único objeto JSON con los miembros account_id, passcode, region y, si se desea, suggest_region y lang; cada uno una vez como máximo, y ningún otro.
problem-bad-request = Solicitud incorrecta
    .detail = La solicitud HTTP está mal formada o es ambigua: necesita exactamente un Host válido y una longitud inequívoca.
problem-invalid-request = Solicitud no válida
    .detail = Hay al menos un campo que falta o que no se puede utilizar; "errors" los indica todos.
problem-unauthenticated = Sin autenticar
    .detail = La solicitud necesita una clave de API válida en el encabezado "Authorization: Bearer".
problem-forbidden = Acceso no permitido
    .detail = La clave o el token son válidos, pero no autorizan esta operación.
problem-not-found = No encontrado
    .detail = No hay nada en esta dirección.
problem-method-not-allowed = Método no permitido
    .detail = Esta dirección no admite este método; el encabezado "Allow" indica los que admite.
problem-unsupported-media-type = Tipo de contenido no admitido
    .detail = El cuerpo debe ser JSON, y "Content-Type" debe ser application/json.
problem-payload-too-large = Contenido demasiado grande
    .detail = El cuerpo es más largo de lo que acepta este servicio.
problem-request-timeout = Se agotó el tiempo de la solicitud
    .detail = La solicitud no llegó completa a tiempo.
problem-uri-too-long = URI demasiado larga
    .detail = La dirección es más larga de lo que acepta este servicio.
problem-headers-too-large = Encabezados demasiado grandes
    .detail = Los encabezados son más largos o más numerosos de lo que acepta este servicio.
problem-rate-limited = Límite de solicitudes superado
    .detail = Llegaron más solicitudes de las que este cliente puede enviar; "Retry-After" indica cuándo volver a intentarlo.
problem-too-many-attempts = Demasiados intentos
    .detail = Se rechazaron demasiadas credenciales distintas para esta cuenta en poco tiempo; "Retry-After" indica cuándo se podrá hacer el siguiente intento.
problem-upstream-unexpected = Respuesta inesperada de CleverTap
    .detail = CleverTap dio una respuesta que no es ninguna de las conocidas, por lo que no se puede decir nada sobre las credenciales.
problem-upstream-unavailable = CleverTap no está disponible
    .detail = No se pudo establecer comunicación con CleverTap o este informó de un error propio, por lo que no se puede decir nada sobre las credenciales.
problem-upstream-busy = CleverTap está ocupado
    .detail = Ya se está consultando a CleverTap con toda la frecuencia que permite, por lo que todavía no se puede decir nada sobre las credenciales.
problem-upstream-timeout = CleverTap no respondió a tiempo
    .detail = CleverTap no dio a tiempo una respuesta completa, por lo que no se puede decir nada sobre las credenciales.
problem-overloaded = Servicio sobrecargado
    .detail = Este servicio rechaza por un momento las tareas nuevas para seguir respondiendo.
problem-internal = Error interno
    .detail = Es un fallo de este servicio; su operador puede localizarlo con el ID de la solicitud.

## Pages and the command line

page-code = Código
page-status = Estado HTTP
page-owner = Quién puede solucionarlo
page-message = Qué significa
page-action = Qué hacer
page-retryable = Conviene reintentar
page-yes = Sí
page-no = No
owner-none = No hace falta que nadie intervenga
owner-customer = Usted, el cliente
owner-partner = El proveedor de esta integración
owner-clevertap = CleverTap
owner-operator = El operador de este servicio
