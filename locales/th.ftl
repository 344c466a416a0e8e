# Thai: ภาษาไทย

## Advice: one message for each code

verified =
    .title = เชื่อมต่อแล้ว
    .message = CleverTap ยอมรับข้อมูลประจำตัวนี้แล้ว
    .action = คุณไม่ต้องดำเนินการใดๆ

check-credentials =
    .title = CleverTap ไม่ยอมรับข้อมูลประจำตัวนี้
    .message = ID บัญชีและพาสโค้ดไม่ตรงกันในภูมิภาคนี้ หรือพาสโค้ดอาจหมดอายุ ถูกรีเซ็ต หรือถูกลบไปแล้ว
    .action = ในแดชบอร์ด CleverTap โปรดเทียบ ID บัญชีกับ Project ID ที่ Settings > Project แล้วสร้างหรือคัดลอกพาสโค้ดที่ Settings > Passcodes และตรวจสอบว่าภูมิภาคตรงกับภูมิภาคในที่อยู่เว็บของแดชบอร์ด

check-credentials-test-project =
    .title = CleverTap ไม่ยอมรับข้อมูลประจำตัวนี้
    .message = ID บัญชีนี้เป็นของโปรเจกต์ทดสอบ (ขึ้นต้นด้วย TEST-) ซึ่งใช้พาสโค้ดของโปรเจกต์ที่ใช้งานจริงไม่ได้
    .action = ในแดชบอร์ด CleverTap โปรดเปิดโปรเจกต์ทดสอบแล้วคัดลอกพาสโค้ดจาก Settings > Passcodes ของโปรเจกต์นั้น หรือกรอก Project ID ของโปรเจกต์ที่ใช้งานจริง

check-account-id =
    .title = CleverTap ไม่รู้จัก ID บัญชีนี้
    .message = ไม่มีบัญชีที่ใช้ ID นี้ในภูมิภาคที่เลือก
    .action = โปรดคัดลอก Project ID จาก Settings > Project ในแดชบอร์ด CleverTap และตรวจสอบว่าภูมิภาคตรงกับภูมิภาคในที่อยู่เว็บของแดชบอร์ด

looks-like-token =
    .title = ค่านี้ดูเหมือนโทเค็นบัญชี ไม่ใช่พาสโค้ด
    .message = CleverTap ไม่ยอมรับค่านี้ และค่านี้มีรูปแบบเดียวกับโทเค็นบัญชีที่มีไว้สำหรับ SDK
    .action = โปรดคัดลอกพาสโค้ดจาก Settings > Passcodes ในแดชบอร์ด CleverTap

fields-swapped =
    .title = ดูเหมือนว่า ID บัญชีและพาสโค้ดจะสลับช่องกัน
    .message = CleverTap ไม่ยอมรับค่าเหล่านี้ และพาสโค้ดดูเหมือน ID บัญชี
    .action = โปรดกรอก Project ID ในช่อง ID บัญชี และกรอกพาสโค้ดในช่องพาสโค้ด แล้วลองอีกครั้ง

choose-region =
    .title = บัญชีของคุณอยู่ในภูมิภาคอื่น
    .message = CleverTap ไม่ยอมรับข้อมูลประจำตัวนี้ใน { $region } แต่ยอมรับใน { $suggested }
    .action = โปรดเลือก { $suggested } เป็นภูมิภาค แล้วลองอีกครั้ง

request-whitelisting =
    .title = CleverTap ยังไม่ได้เปิดใช้การผสานการทำงานนี้
    .message = ชื่อพาร์ทเนอร์ "{ $partner }" ไม่อยู่ในรายชื่อพาร์ทเนอร์ที่ CleverTap อนุมัติ จึงไม่มีใครเชื่อมต่อผ่านพาร์ทเนอร์นี้ได้
    .action = คุณไม่ต้องเปลี่ยนแปลงอะไร ผู้ให้บริการการผสานการทำงานนี้ต้องขอให้ CleverTap เพิ่มชื่อพาร์ทเนอร์ลงในรายชื่อที่อนุญาต

retry-shortly =
    .title = ขณะนี้ติดต่อ CleverTap ไม่ได้
    .message = CleverTap ไม่ได้ให้คำตอบที่ใช้ได้ภายในเวลาที่กำหนด ทั้งนี้ไม่ได้บ่งบอกอะไรเกี่ยวกับข้อมูลประจำตัวของคุณ
    .action = โปรดรอสักครู่แล้วลองอีกครั้ง หากยังเป็นอยู่ โปรดดูหน้าสถานะของ CleverTap

retry-shortly-overloaded =
    .title = บริการไม่ว่างในขณะนี้
    .message = ขณะนี้มีการตรวจสอบดำเนินอยู่มากเกินไป ทั้งนี้ไม่ได้บ่งบอกอะไรเกี่ยวกับข้อมูลประจำตัวของคุณ
    .action = โปรดรอสักครู่แล้วลองอีกครั้ง

slow-down =
    .title = มีคำขอมากเกินไป
    .message = การผสานการทำงานนี้ส่งคำขอมากกว่าที่ตกลงไว้
    .action = โปรดรอสักครู่แล้วลองอีกครั้ง

too-many-attempts =
    .title = ลองกับบัญชีนี้หลายครั้งเกินไป
    .message = มีข้อมูลประจำตัวที่แตกต่างกันหลายชุดถูกปฏิเสธสำหรับบัญชีนี้ จึงพักการลองครั้งต่อไปไว้เพื่อปกป้องบัญชี
    .action = โปรดรอจนกว่าจะพ้นช่วงพัก ระหว่างนี้ โปรดคัดลอกพาสโค้ดที่ยังใช้งานได้จาก Settings > Passcodes ในแดชบอร์ด CleverTap

contact-operator =
    .title = เกิดเหตุที่ไม่คาดคิด
    .message = การตรวจสอบสิ้นสุดลงโดยไม่มีผลลัพธ์ และการลองอีกครั้งไม่น่าจะช่วยได้ ทั้งนี้ไม่ได้บ่งบอกอะไรเกี่ยวกับข้อมูลประจำตัวของคุณ
    .action = โปรดติดต่อฝ่ายสนับสนุนของการผสานการทำงานนี้และแจ้ง ID คำขอ

fix-request =
    .title = ประมวลผลคำขอไม่ได้
    .message = การผสานการทำงานนี้ส่งคำขอที่บริการไม่เข้าใจหรือไม่ได้รับอนุญาตให้ตอบ
    .action = ผู้ให้บริการการผสานการทำงานนี้ต้องแก้ไขคำขอ

fix-request-fields =
    .title = โปรดตรวจสอบข้อมูลที่กรอก
    .message = มีอย่างน้อยหนึ่งช่องที่ขาดหายไปหรือใช้ไม่ได้
    .action = โปรดแก้ไขช่องที่ทำเครื่องหมายไว้ แล้วลองอีกครั้ง

## Field errors: what is wrong, and what is allowed

error-missing = ต้องกรอกช่องนี้
error-empty = ช่องนี้ต้องไม่ว่างเปล่า
error-wrong-type = ช่องนี้ต้องเป็นข้อความ แต่กลับเป็นชนิด { $found }
    .flag = ช่องนี้ต้องเป็น true หรือ false แต่กลับเป็นชนิด { $found }
error-too-long = ช่องนี้ใส่ได้ไม่เกิน { $most } อักขระ
error-unusable-characters = ช่องนี้ใช้ได้เฉพาะตัวอักษรละตินที่ไม่มีเครื่องหมายกำกับ ตัวเลขอารบิก และเครื่องหมายวรรคตอน โดยไม่มีช่องว่าง
error-unknown-region = ไม่รู้จักภูมิภาคนี้ โปรดใช้ค่าใดค่าหนึ่งต่อไปนี้: { $known } หรือใช้ auto หรือวางที่อยู่เว็บของแดชบอร์ด CleverTap

## Warnings

warning-repaired =
    .account-id = แก้ไขช่องว่าง เครื่องหมายคำพูด หรือเครื่องหมายขีดแบบพิเศษที่อยู่รอบหรือภายใน ID บัญชีแล้ว
    .passcode = ลบช่องว่างหรือเครื่องหมายคำพูดรอบพาสโค้ดแล้ว
    .region = ลบช่องว่างหรือเครื่องหมายคำพูดรอบภูมิภาคแล้ว
warning-unusual-shape =
    .account-id = ค่านี้ดูไม่เหมือน ID บัญชีของ CleverTap ซึ่งโดยปกติมีรูปแบบ XXX-XXX-XXXX
warning-url-conflict =
    .account-id = ที่อยู่เว็บของแดชบอร์ดที่วางเป็นของ ID บัญชีอื่น ไม่ใช่ ID ที่กรอก ระบบใช้ ID ที่กรอก

## Problems: title, and what it means

problem-malformed-json = รูปแบบ JSON ไม่ถูกต้อง
    .detail = เนื้อหาของคำขอต้องเป็นออบเจ็กต์ JSON เดียวที่มีสมาชิก account_id, passcode, region และหากต้องการ suggest_region กับ lang โดยแต่ละตัวมีได้ไม่เกินหนึ่งครั้ง และต้องไม่มีสมาชิกอื่น
problem-bad-request = คำขอไม่ถูกต้อง
    .detail = คำขอ HTTP มีรูปแบบผิดหรือกำกวม ต้องมี Host ที่ถูกต้องหนึ่งค่าเท่านั้น และมีความยาวที่ชัดเจน
problem-invalid-request = ข้อมูลในคำขอใช้ไม่ได้
    .detail = มีอย่างน้อยหนึ่งช่องที่ขาดหายไปหรือใช้ไม่ได้ โดย "errors" ระบุไว้ทุกช่อง
problem-unauthenticated = ยังไม่ได้ยืนยันตัวตน
    .detail = คำขอต้องมีคีย์ API ที่ถูกต้องในส่วนหัว "Authorization: Bearer"
problem-forbidden = ไม่ได้รับอนุญาต
    .detail = คีย์หรือโทเค็นนี้ถูกต้อง แต่ไม่มีสิทธิ์ทำสิ่งนี้
problem-not-found = ไม่พบ
    .detail = ไม่มีสิ่งใดในที่อยู่นี้
problem-method-not-allowed = ไม่อนุญาตให้ใช้เมธอดนี้
    .detail = ที่อยู่นี้ไม่รับเมธอดนี้ ส่วนหัว "Allow" ระบุเมธอดที่รับ
problem-unsupported-media-type = ไม่รองรับชนิดเนื้อหานี้
    .detail = เนื้อหาของคำขอต้องเป็น JSON และ "Content-Type" ต้องเป็น application/json
problem-payload-too-large = เนื้อหาใหญ่เกินไป
    .detail = เนื้อหาของคำขอยาวเกินกว่าที่บริการนี้รับได้
problem-request-timeout = คำขอหมดเวลา
    .detail = คำขอส่งมาไม่ครบภายในเวลาที่กำหนด
problem-uri-too-long = URI ยาวเกินไป
    .detail = ที่อยู่ยาวเกินกว่าที่บริการนี้รับได้
problem-headers-too-large = ส่วนหัวใหญ่เกินไป
    .detail = ส่วนหัวยาวหรือมีจำนวนมากเกินกว่าที่บริการนี้รับได้
problem-rate-limited = ส่งคำขอเกินขีดจำกัด
    .detail = มีคำขอเข้ามามากกว่าที่ผู้เรียกรายนี้ส่งได้ โดย "Retry-After" ระบุเวลาที่ลองใหม่ได้
problem-too-many-attempts = ลองหลายครั้งเกินไป
    .detail = มีข้อมูลประจำตัวที่แตกต่างกันหลายชุดเกินไปถูกปฏิเสธสำหรับบัญชีนี้ในเวลาสั้นๆ โดย "Retry-After" ระบุเวลาที่ลองครั้งต่อไปได้
problem-upstream-unexpected = คำตอบที่ไม่คาดคิดจาก CleverTap
    .detail = CleverTap ให้คำตอบที่ไม่ตรงกับแบบใดที่รู้จัก จึงสรุปอะไรเกี่ยวกับข้อมูลประจำตัวไม่ได้
problem-upstream-unavailable = CleverTap ไม่พร้อมให้บริการ
    .detail = ติดต่อ CleverTap ไม่ได้ หรือ CleverTap แจ้งข้อผิดพลาดของตนเอง จึงสรุปอะไรเกี่ยวกับข้อมูลประจำตัวไม่ได้
problem-upstream-busy = CleverTap ไม่ว่าง
    .detail = ขณะนี้มีการสอบถาม CleverTap เต็มอัตราที่ CleverTap อนุญาตแล้ว จึงยังสรุปอะไรเกี่ยวกับข้อมูลประจำตัวไม่ได้
problem-upstream-timeout = CleverTap ไม่ตอบภายในเวลาที่กำหนด
    .detail = CleverTap ไม่ได้ให้คำตอบที่ครบถ้วนภายในเวลาที่กำหนด จึงสรุปอะไรเกี่ยวกับข้อมูลประจำตัวไม่ได้
problem-overloaded = บริการมีภาระเกินกำลัง
    .detail = บริการนี้งดรับงานใหม่ชั่วครู่เพื่อให้ยังตอบสนองได้
problem-internal = ข้อผิดพลาดภายใน
    .detail = เป็นความผิดพลาดของบริการนี้ ผู้ดูแลระบบของบริการค้นหาได้ด้วย ID คำขอ

## Pages and the command line

page-code = รหัสข้อผิดพลาด
page-status = สถานะ HTTP
page-owner = ผู้ที่แก้ไขได้
page-message = ความหมาย
page-action = สิ่งที่ต้องทำ
page-retryable = ควรลองอีกครั้ง
page-yes = ใช่
page-no = ไม่ใช่
owner-none = ไม่มีใครต้องดำเนินการ
owner-customer = คุณในฐานะลูกค้า
owner-partner = ผู้ให้บริการการผสานการทำงานนี้
owner-clevertap = CleverTap
owner-operator = ผู้ดูแลระบบของบริการนี้
