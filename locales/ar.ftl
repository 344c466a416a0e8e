# Arabic: العربية
#
# Passcode and Token stand in Latin letters beside their translation at the first mention in each text, because both
# translations begin with the same word and the dashboard shows the Latin ones. A left-to-right mark (U+200E) keeps the plus
# sign of "+ Passcode" at its left.

## Sentences that several texts share

-new-passcode = لا يمكن عرض رمز مرور (Passcode) موجود مرة أخرى. لإنشاء رمز جديد، افتح Settings > Passcodes في لوحة تحكّم CleverTap واختر ‎+ Passcode ثم Create & View؛ ويُنسخ الرمز بالضغط على API Key. وإذا لم يظهر لك Passcodes فاطلب المساعدة من أحد مشرفي حسابك في CleverTap.
-copy-account-id = انسخ معرّف الحساب من Settings > Project في لوحة تحكّم CleverTap، حيث يُسمّى Project ID.
-account-id-place = تعرض لوحة تحكّم CleverTap معرّف الحساب ضمن Settings > Project، حيث يُسمّى Project ID.

## Advice: one message for each code, and one for each reason that refines it

verified =
    .title = قُبلت بيانات الاعتماد
    .message = قبِل CleverTap معرّف الحساب ورمز المرور (Passcode).
    .action = لا يلزمك فعل أي شيء آخر.

check-credentials =
    .title = لا يقبل CleverTap بيانات الاعتماد هذه
    .message = لم يقبل CleverTap معرّف الحساب ورمز المرور (Passcode) هذين في هذه المنطقة. قد يكون أحدهما غير صحيح، أو يكون الحساب في منطقة أخرى، أو تكون صلاحية رمز المرور قد انتهت أو أُعيد تعيينه أو حُذف.
    .action = في لوحة تحكّم CleverTap، قارن معرّف الحساب بقيمة Project ID ضمن Settings > Project، وقارن المنطقة بالمنطقة الواردة في رابط لوحة التحكّم. إذا كانا صحيحين فاستخدم رمز مرور آخر. { -new-passcode }
check-credentials-everywhere =
    .message = لم تقبل أي من المناطق التي جرى التحقّق منها معرّف الحساب ورمز المرور (Passcode) هذين، فاختيار المنطقة ليس السبب. قد يكون أحدهما غير صحيح، أو تكون صلاحية رمز المرور قد انتهت أو أُعيد تعيينه أو حُذف.
    .action = في لوحة تحكّم CleverTap، قارن معرّف الحساب بقيمة Project ID ضمن Settings > Project. إذا كان صحيحًا فاستخدم رمز مرور آخر. { -new-passcode }
check-credentials-hidden-passcode =
    .title = هذا ليس رمز المرور (Passcode) نفسه
    .message = لا يحتوي حقل رمز المرور (Passcode) إلا على نقاط أو نجوم. تعرضها الصفحة مكان رمز المرور الذي تخفيه.
    .action = أدخِل رمز المرور نفسه. { -new-passcode }
check-credentials-bearer-prefix =
    .title = يبدأ رمز المرور (Passcode) بالكلمة Bearer
    .message = الكلمة Bearer جزء من أنواع أخرى من المفاتيح. يتوقّع CleverTap رمز المرور (Passcode) من دونها.
    .action = احذف الكلمة Bearer وأدخِل رمز المرور (Passcode) وحده.
check-credentials-label =
    .title = أدخِل رمز المرور (Passcode) وحده
    .message = يحتوي حقل رمز المرور (Passcode) على نص آخر مع رمز المرور أو مكانه، مثل اسم الحقل أو اسم ترويسة.
    .action = احذف النص الآخر وأدخِل رمز المرور (Passcode) وحده.
check-credentials-web-address =
    .title = هذا رابط ويب وليس رمز مرور (Passcode)
    .message = يحتوي حقل رمز المرور (Passcode) على رابط ويب.
    .action = أدخِل رمز المرور نفسه. { -new-passcode }
check-credentials-same-as-account-id =
    .title = يحتوي الحقلان على القيمة نفسها
    .message = معرّف الحساب ورمز المرور (Passcode) قيمتان مختلفتان، لكن أُدخلت القيمة نفسها في الحقلين.
    .action = { -copy-account-id } ثم أدخِل رمز المرور. { -new-passcode }
check-credentials-placeholder =
    .title = يبدو أن هذا نص توضيحي وليس رمز مرور (Passcode)
    .message = يحتوي حقل رمز المرور (Passcode) على كلمة تعرضها الأمثلة والنماذج مكان رمز المرور.
    .action = أدخِل رمز المرور نفسه. { -new-passcode }
check-credentials-user-passcode =
    .title = لا يقبل CleverTap بيانات الاعتماد هذه
    .message = لرمز المرور (Passcode) هذا صيغة رمز مرور مستخدم. تنتهي صلاحية رمز مرور المستخدم، ويمكن لأحد المشرفين إعادة تعيينه أو إلغاؤه. وقد يكون معرّف الحساب أيضًا غير صحيح، أو يكون الحساب في منطقة أخرى.
    .message-everywhere = لرمز المرور (Passcode) هذا صيغة رمز مرور مستخدم. تنتهي صلاحية رمز مرور المستخدم، ويمكن لأحد المشرفين إعادة تعيينه أو إلغاؤه. وقد يكون معرّف الحساب أيضًا غير صحيح. لم تقبله أي من المناطق التي جرى التحقّق منها، فاختيار المنطقة ليس السبب.
    .action = يرى المستخدم الذي مُنح رمز المرور (Passcode) هذا رمزه الحالي في صفحة Settings في لوحة تحكّم CleverTap. ويمكن لأحد المشرفين منح رمز جديد ضمن Settings > Users بالضغط على Grant. وقارن أيضًا معرّف الحساب بقيمة Project ID ضمن Settings > Project.
check-credentials-test-project =
    .title = لا يقبل CleverTap بيانات الاعتماد هذه
    .message = يبدأ معرّف الحساب بالكلمة TEST، كما في معرّفات المشاريع التجريبية. وللمشروع التجريبي رموز مرور (Passcodes) خاصة به. وقد تكون صلاحية رمز المرور قد انتهت أو أُعيد تعيينه أو حُذف، أو تكون إحدى القيمتين غير صحيحة، أو يكون الحساب في منطقة أخرى.
    .message-everywhere = يبدأ معرّف الحساب بالكلمة TEST، كما في معرّفات المشاريع التجريبية. وللمشروع التجريبي رموز مرور (Passcodes) خاصة به. وقد تكون صلاحية رمز المرور قد انتهت أو أُعيد تعيينه أو حُذف، أو تكون إحدى القيمتين غير صحيحة. لم تقبلهما أي من المناطق التي جرى التحقّق منها، فاختيار المنطقة ليس السبب.
    .action = في لوحة تحكّم CleverTap، افتح المشروع التجريبي وقارن معرّف الحساب بقيمة Project ID ضمن Settings > Project. إذا كان صحيحًا فاستخدم رمز مرور من هذا المشروع. { -new-passcode } ولربط المشروع الفعلي بدلًا منه، أدخِل Project ID ورمز المرور الخاصين به.

check-account-id =
    .title = لا يتعرّف CleverTap على معرّف الحساب هذا
    .message = يفيد CleverTap بأن معرّف الحساب هذا غير صالح في المنطقة المختارة.
    .action = { -copy-account-id } وتأكّد من أن المنطقة هي نفسها الواردة في رابط لوحة التحكّم.
check-account-id-everywhere =
    .message = يفيد CleverTap بأن معرّف الحساب هذا غير صالح. لم تقبله أي من المناطق التي جرى التحقّق منها، فاختيار المنطقة ليس السبب.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = يبدو أن هذا بريد إلكتروني وليس معرّف حساب
    .message = يحتوي حقل معرّف الحساب على العلامة @ كما في عناوين البريد الإلكتروني. تكون صيغة معرّف الحساب عادةً XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = هذا رابط ويب وليس معرّف حساب
    .message = يحتوي حقل معرّف الحساب على رابط ويب. تكون صيغة معرّف الحساب عادةً XXX-XXX-XXXX.
    .action = { -copy-account-id } ويمكنك بدلًا من ذلك لصق الرابط الذي يعرضه المتصفّح بعد تسجيل دخولك إلى لوحة التحكّم: فهو يتضمّن معرّف الحساب.
check-account-id-account-name =
    .title = يبدو أن هذا اسم وليس معرّف حساب
    .message = يحتوي حقل معرّف الحساب على كلمات أو أحرف، مثل اسم الحساب. تكون صيغة معرّف الحساب عادةً XXX-XXX-XXXX، وفيها أرقام وأحرف إنجليزية كبيرة.
    .action = { -copy-account-id }
check-account-id-label =
    .title = أدخِل معرّف الحساب وحده
    .message = يحتوي حقل معرّف الحساب على نص آخر مع معرّف الحساب أو مكانه، مثل اسم الحقل أو اسم ترويسة.
    .action = احذف النص الآخر وأدخِل معرّف الحساب وحده، وصيغته عادةً XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = لا تحتوي معرّفات الحسابات إلا على أحرف إنجليزية كبيرة
    .message = يحتوي معرّف الحساب هذا على أحرف إنجليزية صغيرة. يفرّق CleverTap بين الأحرف الصغيرة والكبيرة.
    .action = أدخِل معرّف الحساب بأحرف كبيرة، أو انسخه من جديد. { -account-id-place }
check-account-id-incomplete =
    .title = ليس لمعرّف الحساب الصيغة المعتادة
    .message = يتكوّن معرّف الحساب عادةً من ثلاث مجموعات فيها 3 و3 و4 أحرف أو أرقام تفصل بينها شرطات: XXX-XXX-XXXX. هنا أحرف أو شرطات ناقصة، أو زائدة مثل المسافات.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = يحتوي معرّف الحساب على حرف ربما قُرئ خطأً
    .message = الحرف رقم { $position } هو { $character }؛ ولا تحتوي معرّفات الحسابات على { $character }.
    .message-two = الحرف رقم { $position } هو { $character } والحرف رقم { $second-position } هو { $second-character }؛ ولا تحتوي معرّفات الحسابات على أي منهما.
    .message-foreign = يحتوي معرّف الحساب على حرف قد يبدو صحيحًا، لكنه ليس من الأحرف A–Z ولا من الأرقام 0–9 (الموضع { $positions }).
    .action = انسخ معرّف الحساب بدلًا من كتابته. { -account-id-place }

looks-like-token =
    .title = يبدو أن هذا رمز مميّز (Token) للحساب وليس رمز مرور (Passcode)
    .message = لم يقبل CleverTap بيانات الاعتماد هذه، ولرمز المرور (Passcode) صيغة الرمز المميّز (Token) للحساب، الذي يُسمّى Project Token في لوحة التحكّم وهو مخصّص لحِزم SDK.
    .action = أدخِل رمز المرور بدلًا منه. { -new-passcode }

fields-swapped =
    .title = ربما تبادل معرّف الحساب ورمز المرور (Passcode) مكانيهما
    .message = لم يقبل CleverTap بيانات الاعتماد هذه. لرمز المرور (Passcode) صيغة معرّف حساب، ولمعرّف الحساب صيغة رمز مرور أو رمز مميّز (Token).
    .action = إذا تبادلا مكانيهما فبدّل بينهما. وإلا فصحّح معرّف الحساب. { -account-id-place }

choose-region =
    .title = حسابك في منطقة أخرى
    .message = لا يقبل CleverTap بيانات الاعتماد هذه في المنطقة { $region }، لكنه يقبلها في المنطقة { $suggested }.
    .action = اختر المنطقة { $suggested } ثم حاول مرة أخرى.

request-whitelisting =
    .title = لم يعتمد CleverTap هذا التكامل بعد
    .message = اسم الشريك «{ $partner }» ليس ضمن الشركاء الذين اعتمدهم CleverTap، ولذلك لا يمكن ربط أي حساب بهذا الاسم حتى الآن.
    .action = لا يلزمك تغيير أي شيء الآن. على مزوّد هذا التكامل أن يطلب من CleverTap اعتماد اسم الشريك، وبعد ذلك فقط يمكن التحقّق من معرّف حسابك ورمز مرورك (Passcode).

retry-shortly =
    .title = خدمة CleverTap غير متاحة حاليًا
    .message = تعذّر الوصول إلى CleverTap، أو لم يقدّم إجابة صالحة للاستخدام في الوقت المحدّد. لم يمكن التحقّق من بيانات اعتمادك، وقد تكون صحيحة.
    .action = انتظر قليلًا ثم حاول مرة أخرى. وإذا استمرت المشكلة فراجع صفحة حالة CleverTap.
    .action-minutes = حاول مرة أخرى بعد { $minutes } د. وإذا استمرت المشكلة فراجع صفحة حالة CleverTap.
retry-shortly-busy =
    .title = خدمة CleverTap مشغولة
    .message = لا يستقبل CleverTap طلبات أخرى في هذه اللحظة. لم يمكن التحقّق من بيانات اعتمادك، وقد تكون صحيحة.
retry-shortly-overloaded =
    .title = هذه الخدمة مشغولة
    .message = عمليات التحقّق الجارية في هذه اللحظة كثيرة جدًا. لم يمكن التحقّق من بيانات اعتمادك، وقد تكون صحيحة.
    .action = انتظر قليلًا ثم حاول مرة أخرى.
    .action-minutes = حاول مرة أخرى بعد { $minutes } د.

slow-down =
    .title = عدد الطلبات كبير جدًا
    .message = عدد الطلبات في هذه اللحظة كبير جدًا. لم يجرِ التحقّق من بيانات اعتمادك.
    .action = انتظر قليلًا ثم حاول مرة أخرى.
    .action-minutes = حاول مرة أخرى بعد { $minutes } د.

too-many-attempts =
    .title = عدد المحاولات كبير جدًا
    .message = جرت محاولات كثيرة جدًا على هذا الحساب أو في هذه الجلسة. ولحماية الحساب أُوقفت المحاولات الجديدة مؤقتًا.
    .action = حاول مرة أخرى بعد انتهاء مدة الإيقاف. وفي هذه الأثناء، تأكّد من أن لديك رمز مرور صالحًا. { -new-passcode }
    .action-minutes = حاول مرة أخرى بعد { $minutes } د. وفي هذه الأثناء، تأكّد من أن لديك رمز مرور صالحًا. { -new-passcode }
attempts-left = المحاولات المتبقية لهذا الحساب قبل الإيقاف المؤقت: { $count }.

contact-operator =
    .title = حدث أمر غير متوقّع
    .message = انتهى التحقّق من دون نتيجة، ومن غير المرجّح أن تفيد إعادة المحاولة. لم يمكن التحقّق من بيانات اعتمادك، وقد تكون صحيحة.
    .action = تواصل مع فريق دعم هذا التكامل وزوّده بمعرّف الطلب.

fix-request =
    .title = تتعذّر معالجة الطلب
    .message = أرسل التكامل طلبًا لا تفهمه الخدمة أو لا يُسمح لها بالرد عليه.
    .action = لا يمكنك إصلاح ذلك بنفسك. أبلِغ فريق دعم هذا التكامل وزوّده بمعرّف الطلب.
fix-request-fields =
    .title = يُرجى التحقّق من البيانات المُدخلة
    .message = هناك حقل واحد على الأقل فارغ أو لا يمكن استخدامه.
    .action = صحّح الحقول المُعلَّمة ثم حاول مرة أخرى.
fix-request-label =
    .title = أدخِل القيمة وحدها
    .message = يحتوي أحد الحقول على نص آخر مع قيمته أو مكانها، مثل اسم الحقل أو اسم ترويسة.
    .action = احذف النص الآخر من الحقل المُعلَّم ثم حاول مرة أخرى.
fix-request-web-address =
    .title = هذا رابط ويب
    .message = يحتوي أحد الحقول على رابط ويب بدلًا من القيمة المطلوبة.
    .action = انسخ قيمة الحقل المُعلَّم من لوحة تحكّم CleverTap ثم حاول مرة أخرى.

## Field errors: what is wrong, and what is allowed

error-missing = هذا الحقل مطلوب.
error-empty = يُرجى ملء هذا الحقل.
error-wrong-type = يجب أن يكون هذا العنصر سلسلة JSON نصية، لكنه من النوع { $found }.
    .flag = يجب أن تكون قيمة هذا العنصر true أو false، لكنه من النوع { $found }.
error-too-long = أدخِل ما لا يزيد على { $most } من الأحرف والأرقام.
error-unusable-characters = لا يمكن استخدام الحرف رقم { $position }. استخدم الأحرف الإنجليزية (A–Z وa–z) والأرقام (0–9) وعلامات الترقيم فقط، من دون مسافات. قد يحمل النص المنسوخ أحرفًا غير مرئية أو متشابهة: أفرِغ الحقل وانسخ القيمة من جديد، أو اكتبها.
error-unknown-region = اختر إحدى هذه المناطق: { $known }. أو الصق رابط لوحة تحكّم CleverTap، فهو يتضمّن المنطقة.
    .near = هل تقصد { $region }؟ اختر إحدى هذه المناطق: { $known }. أو الصق رابط لوحة تحكّم CleverTap، فهو يتضمّن المنطقة.
    .address = لا يتضمّن هذا الرابط منطقة. سجّل الدخول أولًا إلى لوحة تحكّم CleverTap، ثم انسخ الرابط الذي يعرضه المتصفّح. أو اختر إحدى هذه المناطق: { $known }.
error-no-origin = المسموح به هو أصل الصفحة: المخطط والمضيف والمنفذ فقط، مثل https://dash.example.com.
error-out-of-range = المسموح به عدد صحيح من 1 إلى { $most }.

## Warnings

warning-repaired =
    .account-id = صُحِّح معرّف الحساب: أُزيلت مسافات أو علامات اقتباس محيطة به، أو أحرف غير مرئية، أو استُبدلت شرطات خاصة أو أحرف كاملة العرض، أو أُخذ المعرّف من الرابط الذي لُصق.
    .passcode = أُزيلت مسافات أو علامات اقتباس محيطة برمز المرور (Passcode)، أو أحرف غير مرئية.
    .region = أُزيلت مسافات أو علامات اقتباس محيطة بالمنطقة، أو أحرف غير مرئية.
warning-unusual-shape =
    .account-id = تكون صيغة معرّفات حسابات CleverTap عادةً XXX-XXX-XXXX. قارن هذا المعرّف بقيمة Project ID ضمن Settings > Project في لوحة تحكّم CleverTap.
warning-url-conflict =
    .account-id = يعود رابط لوحة التحكّم الذي لصقته إلى معرّف حساب غير المعرّف المُدخل. وقد استُخدم المعرّف المُدخل.
    .region = يعود رابط لوحة التحكّم المُدخل في حقل معرّف الحساب إلى منطقة غير المنطقة المختارة. وقد استُخدمت المنطقة المختارة.

## Problems: title, and what it means

problem-malformed-json = صيغة JSON غير صحيحة
    .detail = يجب أن يكون نص الطلب كائن JSON واحدًا يضمّ العناصر account_id وpasscode وregion، وعند الرغبة suggest_region وlang، كلٌّ منها مرة واحدة على الأكثر ومن دون أي عناصر أخرى.
    .position = انظر السطر { $line }، العمود { $column }.
    .duplicate = يتكرّر العنصر { $member } أكثر من مرة (السطر { $line }، العمود { $column }).
    .unknown = هناك عنصر غير معروف (السطر { $line }، العمود { $column }).
    .similar = هناك عنصر غير معروف (السطر { $line }، العمود { $column })؛ ربما المقصود هو { $member }.
problem-bad-request = طلب خاطئ
    .detail = طلب HTTP غير سليم الصيغة أو ملتبس: يجب أن يتضمّن قيمة Host صالحة واحدة بالضبط وطولًا لا لبس فيه.
problem-invalid-request = طلب غير صالح
    .detail = هناك حقل واحد على الأقل ناقص أو لا يمكن استخدامه؛ ويذكر "errors" كلًّا منها.
problem-unauthenticated = لم تتمّ المصادقة
    .detail = يحتاج الطلب إلى مفتاح API صالح أو رمز مميّز (Token) صالح للجلسة في الترويسة "Authorization: Bearer".
problem-forbidden = غير مسموح
    .detail = المفتاح أو الرمز المميّز (Token) صالح، لكنه لا يملك صلاحية القيام بذلك.
problem-not-found = غير موجود
    .detail = لا يوجد شيء في هذا الرابط.
problem-method-not-allowed = الطريقة غير مسموح بها
    .detail = لا يقبل هذا الرابط هذه الطريقة؛ وتذكر الترويسة "Allow" الطرق التي يقبلها.
problem-unsupported-media-type = نوع المحتوى غير مدعوم
    .detail = يجب أن يكون نص الطلب بتنسيق JSON، وأن تكون قيمة "Content-Type" هي application/json.
problem-payload-too-large = حجم المحتوى كبير جدًا
    .detail = نص الطلب أطول مما تقبله هذه الخدمة.
problem-request-timeout = انتهت مهلة الطلب
    .detail = لم يصل الطلب كاملًا في الوقت المحدّد.
problem-uri-too-long = معرّف URI طويل جدًا
    .detail = الرابط أطول مما تقبله هذه الخدمة.
problem-headers-too-large = الترويسات كبيرة جدًا
    .detail = الترويسات أطول أو أكثر عددًا مما تقبله هذه الخدمة.
problem-rate-limited = تمّ تجاوز حدّ الطلبات
    .detail = وصلت طلبات أكثر مما يُسمح لهذه الجهة بإرساله؛ وتحدّد "Retry-After" متى يمكن إعادة المحاولة.
problem-too-many-attempts = عدد المحاولات كبير جدًا
    .detail = رُفض عدد كبير جدًا من بيانات الاعتماد المختلفة لهذا الحساب خلال وقت قصير، أو لم تبقَ محاولات للرمز المميّز (Token) الخاص بالجلسة؛ وتحدّد "Retry-After" متى تُتاح المحاولة التالية.
problem-upstream-unexpected = إجابة غير متوقّعة من CleverTap
    .detail = قدّم CleverTap إجابة ليست من الإجابات المعروفة، ولذلك لا يمكن قول شيء عن بيانات الاعتماد.
problem-upstream-unavailable = خدمة CleverTap غير متاحة
    .detail = تعذّر الوصول إلى CleverTap أو أبلغ عن خطأ لديه، ولذلك لا يمكن قول شيء عن بيانات الاعتماد.
problem-upstream-busy = خدمة CleverTap مشغولة
    .detail = لا يستقبل CleverTap طلبات أخرى في هذه اللحظة، ولذلك لا يمكن قول شيء عن بيانات الاعتماد حتى الآن.
problem-upstream-timeout = لم يُجب CleverTap في الوقت المحدّد
    .detail = لم يقدّم CleverTap إجابة كاملة في الوقت المحدّد، ولذلك لا يمكن قول شيء عن بيانات الاعتماد.
problem-overloaded = الخدمة محمّلة فوق طاقتها
    .detail = ترفض هذه الخدمة المهام الجديدة مؤقتًا كي تظلّ قادرة على الاستجابة.
problem-internal = خطأ داخلي
    .detail = هذا خلل في هذه الخدمة؛ ويمكن لمشغّلها العثور عليه باستخدام معرّف الطلب.

## Pages, the command line and its report

page-owner = مَن يمكنه حلّ المشكلة
page-action = ما العمل
page-retryable = هل تفيد إعادة المحاولة من دون تغيير
page-yes = نعم
page-no = لا
page-more = مزيد من المعلومات
page-languages = لغات أخرى
owner-none = لا يوجد ما يلزم إصلاحه
owner-customer = أنت، بصفتك العميل
owner-partner = مزوّد هذا التكامل
owner-clevertap = CleverTap
owner-operator = مشغّل هذه الخدمة
report-title = بيانات الاعتماد المحفوظة
report-made = أعاد connect-verifier التحقّق منها في { $time }.
report-rows = الصفوف
report-accepted = مقبولة
report-refused = غير مقبولة
report-undecided = بلا نتيجة
report-results = النتائج
report-regions = النتائج حسب المنطقة
report-newly-refused = لم تعد مقبولة منذ التقرير الأخير
report-recovered = قُبلت مجددًا منذ التقرير الأخير
report-accounts = ما العمل ولأيّ حسابات
report-nothing = لا شيء.
report-account = الحساب
report-id = المعرّف
report-region = المنطقة المختارة
report-result = النتيجة
report-more = يوجد { $count } أخرى في ملف الإخراج.
report-customer = العميل
