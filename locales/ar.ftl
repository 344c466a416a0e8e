# Arabic: العربية

## Advice: one message for each code

verified =
    .title = تمّ الاتصال
    .message = قبِل CleverTap بيانات الاعتماد هذه.
    .action = لا يلزمك فعل أي شيء.

check-credentials =
    .title = لا يقبل CleverTap بيانات الاعتماد هذه
    .message = معرّف الحساب ورمز المرور لا يتوافقان في هذه المنطقة. ومن الممكن أيضًا أن تكون صلاحية رمز المرور قد انتهت، أو أنه أُعيد تعيينه أو حُذف.
    .action = في لوحة تحكّم CleverTap، قارن معرّف الحساب بقيمة Project ID ضمن Settings > Project، ثم أنشئ رمز مرور أو انسخ رمزًا موجودًا ضمن Settings > Passcodes. وتأكّد من أن المنطقة هي نفسها الواردة في عنوان لوحة التحكّم.

check-credentials-test-project =
    .title = لا يقبل CleverTap بيانات الاعتماد هذه
    .message = يعود معرّف الحساب إلى مشروع تجريبي (بدايته كما في TEST-XXX-XXX-XXXX)، ورمز مرور المشروع الفعلي غير صالح له.
    .action = في لوحة تحكّم CleverTap، افتح المشروع التجريبي وانسخ منه رمز مرور ضمن Settings > Passcodes، أو أدخِل قيمة Project ID الخاصة بالمشروع الفعلي.

check-account-id =
    .title = لا يتعرّف CleverTap على معرّف الحساب هذا
    .message = لا يوجد حساب بهذا المعرّف في المنطقة المختارة.
    .action = انسخ قيمة Project ID من Settings > Project في لوحة تحكّم CleverTap، وتأكّد من أن المنطقة هي نفسها الواردة في عنوان لوحة التحكّم.

looks-like-token =
    .title = يبدو أن هذا رمز مميّز للحساب وليس رمز مرور
    .message = لم يقبله CleverTap، وله صيغة الرمز المميّز للحساب المخصّص لحِزم SDK.
    .action = انسخ رمز مرور من Settings > Passcodes في لوحة تحكّم CleverTap.

fields-swapped =
    .title = يبدو أن معرّف الحساب ورمز المرور قد تبادلا مكانيهما
    .message = لم يقبلهما CleverTap، ورمز المرور يشبه معرّف حساب.
    .action = أدخِل قيمة Project ID في حقل معرّف الحساب ورمز المرور في حقل رمز المرور، ثم حاول مرة أخرى.

choose-region =
    .title = حسابك في منطقة أخرى
    .message = لا يقبل CleverTap بيانات الاعتماد هذه في { $region }، لكنه يقبلها في { $suggested }.
    .action = اختر { $suggested } بوصفها المنطقة، ثم حاول مرة أخرى.

request-whitelisting =
    .title = لم يُفعّل CleverTap هذا التكامل بعد
    .message = لا يُدرج CleverTap اسم الشريك «{ $partner }» ضمن الشركاء المعتمدين، ولذلك لا يسمح لأحد بالاتصال من خلاله.
    .action = لا يلزمك تغيير أي شيء. على مزوّد هذا التكامل أن يطلب من CleverTap إضافة اسم الشريك إلى قائمة السماح.

retry-shortly =
    .title = يتعذّر الوصول إلى CleverTap حاليًا
    .message = لم يقدّم CleverTap إجابة صالحة للاستخدام في الوقت المحدّد. ولا يدلّ هذا على أي شيء بشأن بيانات اعتمادك.
    .action = انتظر قليلًا ثم حاول مرة أخرى. وإذا استمرت المشكلة، فراجع صفحة حالة CleverTap.

retry-shortly-overloaded =
    .title = الخدمة مشغولة
    .message = عمليات التحقّق الجارية في هذه اللحظة أكثر مما ينبغي. ولا يدلّ هذا على أي شيء بشأن بيانات اعتمادك.
    .action = انتظر قليلًا ثم حاول مرة أخرى.

slow-down =
    .title = عدد الطلبات كبير جدًا
    .message = يرسل هذا التكامل طلبات أكثر من المتّفق عليه.
    .action = انتظر قليلًا ثم حاول مرة أخرى.

too-many-attempts =
    .title = عدد المحاولات على هذا الحساب كبير جدًا
    .message = رُفضت عدة مجموعات مختلفة من بيانات الاعتماد لهذا الحساب، ولذلك أُوقفت المحاولات الجديدة مؤقتًا لحمايته.
    .action = انتظر حتى تنتهي مدة الإيقاف. وفي هذه الأثناء، انسخ رمز مرور ساريًا من Settings > Passcodes في لوحة تحكّم CleverTap.

contact-operator =
    .title = حدث أمر غير متوقّع
    .message = انتهى التحقّق من دون نتيجة، ومن غير المرجّح أن تفيد إعادة المحاولة. ولا يدلّ هذا على أي شيء بشأن بيانات اعتمادك.
    .action = تواصل مع فريق دعم هذا التكامل وزوّده بمعرّف الطلب.

fix-request =
    .title = تتعذّر معالجة الطلب
    .message = أرسل التكامل طلبًا لا تفهمه الخدمة أو لا يُسمح لها بالرد عليه.
    .action = على مزوّد هذا التكامل تصحيح الطلب.

fix-request-fields =
    .title = يُرجى التحقّق من البيانات المُدخلة
    .message = هناك حقل واحد على الأقل ناقص أو لا يمكن استخدامه.
    .action = صحّح الحقول المُعلَّمة ثم حاول مرة أخرى.

## Field errors: what is wrong, and what is allowed

error-missing = هذا الحقل مطلوب.
error-empty = لا يمكن ترك هذا الحقل فارغًا.
error-wrong-type = يجب أن يكون هذا الحقل نصًا، لكنه من النوع { $found }.
    .flag = يجب أن تكون قيمة هذا الحقل true أو false، لكنه من النوع { $found }.
error-too-long = يجب ألّا يتجاوز عدد أحرف هذا الحقل { $most }.
error-unusable-characters = لا يقبل هذا الحقل سوى الأحرف اللاتينية من دون علامات تشكيل والأرقام وعلامات الترقيم، ومن دون مسافات.
error-unknown-region = هذه المنطقة غير معروفة. استخدم إحدى القيم التالية: { $known }، أو auto، أو الصق عنوان لوحة تحكّم CleverTap.
error-no-origin = المسموح به هو أصل الصفحة: المخطط والمضيف والمنفذ فقط، مثل https://dash.example.com.
error-out-of-range = المسموح به عدد صحيح من 1 إلى { $most }.

## Warnings

warning-repaired =
    .account-id = صُحِّحت المسافات أو علامات الاقتباس أو الشرطات الطباعية حول معرّف الحساب أو داخله.
    .passcode = أُزيلت المسافات أو علامات الاقتباس المحيطة برمز المرور.
    .region = أُزيلت المسافات أو علامات الاقتباس المحيطة بالمنطقة.
warning-unusual-shape =
    .account-id = لا يبدو هذا معرّف حساب في CleverTap، إذ تكون صيغته عادةً XXX-XXX-XXXX.
warning-url-conflict =
    .account-id = يعود عنوان لوحة التحكّم الذي لصقته إلى معرّف حساب غير المعرّف المُدخل. وقد استُخدم المعرّف المُدخل.
    .region = عنوان لوحة التحكّم المُدخل في حقل معرّف الحساب يخص منطقة غير المنطقة المختارة. استُخدمت المنطقة المختارة.

## Problems: title, and what it means

problem-malformed-json = صيغة JSON غير صحيحة
    .detail = يجب أن يكون نص الطلب كائن JSON واحدًا يضمّ العناصر account_id وpasscode وregion، وعند الرغبة suggest_region وlang، كلٌّ منها مرة واحدة على الأكثر ومن دون أي عناصر أخرى.
problem-bad-request = طلب خاطئ
    .detail = طلب HTTP غير سليم الصيغة أو ملتبس: يجب أن يتضمّن قيمة Host صالحة واحدة بالضبط وطولًا لا لبس فيه.
problem-invalid-request = طلب غير صالح
    .detail = هناك حقل واحد على الأقل ناقص أو لا يمكن استخدامه؛ ويذكر "errors" كلًّا منها.
problem-unauthenticated = لم تتمّ المصادقة
    .detail = يحتاج الطلب إلى مفتاح API صالح في الترويسة "Authorization: Bearer".
problem-forbidden = غير مسموح
    .detail = المفتاح أو الرمز المميّز صالح، لكنه لا يملك صلاحية القيام بذلك.
problem-not-found = غير موجود
    .detail = لا يوجد شيء في هذا العنوان.
problem-method-not-allowed = الطريقة غير مسموح بها
    .detail = لا يقبل هذا العنوان هذه الطريقة؛ وتذكر الترويسة "Allow" الطرق التي يقبلها.
problem-unsupported-media-type = نوع المحتوى غير مدعوم
    .detail = يجب أن يكون نص الطلب بتنسيق JSON، وأن تكون قيمة "Content-Type" هي application/json.
problem-payload-too-large = حجم المحتوى كبير جدًا
    .detail = نص الطلب أطول مما تقبله هذه الخدمة.
problem-request-timeout = انتهت مهلة الطلب
    .detail = لم يصل الطلب كاملًا في الوقت المحدّد.
problem-uri-too-long = معرّف URI طويل جدًا
    .detail = العنوان أطول مما تقبله هذه الخدمة.
problem-headers-too-large = الترويسات كبيرة جدًا
    .detail = الترويسات أطول أو أكثر عددًا مما تقبله هذه الخدمة.
problem-rate-limited = تمّ تجاوز حدّ الطلبات
    .detail = وصلت طلبات أكثر مما يُسمح لهذه الجهة بإرساله؛ وتحدّد "Retry-After" متى يمكن إعادة المحاولة.
problem-too-many-attempts = عدد المحاولات كبير جدًا
    .detail = رُفض عدد كبير جدًا من بيانات الاعتماد المختلفة لهذا الحساب خلال وقت قصير؛ وتحدّد "Retry-After" متى تُتاح المحاولة التالية.
problem-upstream-unexpected = إجابة غير متوقّعة من CleverTap
    .detail = قدّم CleverTap إجابة ليست من الإجابات المعروفة، ولذلك لا يمكن قول شيء عن بيانات الاعتماد.
problem-upstream-unavailable = خدمة CleverTap غير متاحة
    .detail = تعذّر الوصول إلى CleverTap أو أبلغ عن خطأ لديه، ولذلك لا يمكن قول شيء عن بيانات الاعتماد.
problem-upstream-busy = خدمة CleverTap مشغولة
    .detail = تُرسَل الاستعلامات إلى CleverTap بأقصى وتيرة يسمح بها، ولذلك لا يمكن قول شيء عن بيانات الاعتماد حتى الآن.
problem-upstream-timeout = لم يُجب CleverTap في الوقت المحدّد
    .detail = لم يقدّم CleverTap إجابة كاملة في الوقت المحدّد، ولذلك لا يمكن قول شيء عن بيانات الاعتماد.
problem-overloaded = الخدمة محمّلة فوق طاقتها
    .detail = ترفض هذه الخدمة المهام الجديدة مؤقتًا كي تظلّ قادرة على الاستجابة.
problem-internal = خطأ داخلي
    .detail = هذا خلل في هذه الخدمة؛ ويمكن لمشغّلها العثور عليه باستخدام معرّف الطلب.

## Pages and the command line

page-code = رمز الخطأ
page-status = حالة HTTP
page-owner = مَن يمكنه حلّ المشكلة
page-message = ماذا يعني ذلك
page-action = ما العمل
page-retryable = هل تفيد إعادة المحاولة
page-yes = نعم
page-no = لا
owner-none = لا يلزم تدخّل أحد
owner-customer = أنت، بصفتك العميل
owner-partner = مزوّد هذا التكامل
owner-clevertap = CleverTap
owner-operator = مشغّل هذه الخدمة
