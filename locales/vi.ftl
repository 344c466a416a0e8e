# Vietnamese: Tiếng Việt

## Sentences that several texts share

-new-passcode = Passcode đã có không thể hiển thị lại. Để tạo passcode mới, hãy mở Settings > Passcodes trong bảng điều khiển CleverTap và chọn + Passcode rồi Create & View; API Key sẽ sao chép passcode. Nếu không thấy Passcodes, hãy hỏi quản trị viên của tài khoản CleverTap.
-copy-account-id = Hãy sao chép ID tài khoản tại Settings > Project trong bảng điều khiển CleverTap; ở đó ID này có tên là Project ID.
-account-id-place = Bảng điều khiển CleverTap hiển thị ID tài khoản tại Settings > Project; ở đó ID này có tên là Project ID.

## Advice: one message for each code, and one for each reason that refines it

verified =
    .title = Thông tin xác thực được chấp nhận
    .message = CleverTap đã chấp nhận ID tài khoản và passcode này.
    .action = Bạn không cần làm gì thêm.

check-credentials =
    .title = CleverTap không chấp nhận thông tin xác thực này
    .message = CleverTap không chấp nhận ID tài khoản và passcode này ở khu vực này. Có thể một trong hai giá trị không đúng, tài khoản ở khu vực khác, hoặc passcode đã hết hạn, đã được đặt lại hay đã bị xóa.
    .action = Trong bảng điều khiển CleverTap, hãy đối chiếu ID tài khoản với Project ID tại Settings > Project, và khu vực với khu vực trong địa chỉ bảng điều khiển. Nếu cả hai đều đúng, hãy dùng passcode khác. { -new-passcode }
check-credentials-everywhere =
    .message = Không khu vực nào đã kiểm tra chấp nhận ID tài khoản và passcode này, vì vậy nguyên nhân không phải là việc chọn khu vực. Có thể một trong hai giá trị không đúng, hoặc passcode đã hết hạn, đã được đặt lại hay đã bị xóa.
    .action = Trong bảng điều khiển CleverTap, hãy đối chiếu ID tài khoản với Project ID tại Settings > Project. Nếu ID đúng, hãy dùng passcode khác. { -new-passcode }
check-credentials-hidden-passcode =
    .title = Đây không phải là chính passcode
    .message = Trường passcode chỉ chứa dấu chấm hoặc dấu sao. Trang web hiển thị các dấu này thay cho passcode bị ẩn.
    .action = Hãy nhập chính passcode. { -new-passcode }
check-credentials-bearer-prefix =
    .title = Passcode bắt đầu bằng từ Bearer
    .message = Từ Bearer thuộc về những loại khóa khác. CleverTap cần passcode không có từ này.
    .action = Hãy xóa từ Bearer và chỉ nhập passcode.
check-credentials-label =
    .title = Chỉ nhập passcode
    .message = Trường passcode chứa văn bản khác ngoài passcode hoặc thay cho passcode, chẳng hạn tên của trường hoặc của một tiêu đề HTTP.
    .action = Hãy xóa văn bản khác đó và chỉ nhập passcode.
check-credentials-web-address =
    .title = Đây là địa chỉ web, không phải passcode
    .message = Trường passcode chứa một địa chỉ web.
    .action = Hãy nhập chính passcode. { -new-passcode }
check-credentials-same-as-account-id =
    .title = Hai trường chứa cùng một giá trị
    .message = ID tài khoản và passcode là hai giá trị khác nhau, nhưng cùng một giá trị đã được nhập vào cả hai trường.
    .action = { -copy-account-id } Sau đó hãy nhập passcode. { -new-passcode }
check-credentials-placeholder =
    .title = Đây có vẻ là văn bản mẫu, không phải passcode
    .message = Trường passcode chứa một từ mà các ví dụ và biểu mẫu hiển thị thay cho passcode.
    .action = Hãy nhập chính passcode. { -new-passcode }
check-credentials-user-passcode =
    .title = CleverTap không chấp nhận thông tin xác thực này
    .message = Passcode này có dạng passcode người dùng. Passcode người dùng có thời hạn, và quản trị viên có thể đặt lại hoặc thu hồi. Cũng có thể ID tài khoản không đúng hoặc tài khoản ở khu vực khác.
    .message-everywhere = Passcode này có dạng passcode người dùng. Passcode người dùng có thời hạn, và quản trị viên có thể đặt lại hoặc thu hồi. Cũng có thể ID tài khoản không đúng. Không khu vực nào đã kiểm tra chấp nhận, vì vậy nguyên nhân không phải là việc chọn khu vực.
    .action = Người dùng được cấp passcode này sẽ thấy passcode hiện hành trên trang Settings của bảng điều khiển CleverTap. Quản trị viên có thể cấp passcode mới tại Settings > Users bằng Grant. Hãy đối chiếu cả ID tài khoản với Project ID tại Settings > Project.
check-credentials-test-project =
    .title = CleverTap không chấp nhận thông tin xác thực này
    .message = ID tài khoản này bắt đầu bằng TEST-, giống như ID của các dự án thử nghiệm. Dự án thử nghiệm có passcode riêng. Cũng có thể passcode đã hết hạn, đã được đặt lại hay đã bị xóa, một trong hai giá trị không đúng, hoặc tài khoản ở khu vực khác.
    .message-everywhere = ID tài khoản này bắt đầu bằng TEST-, giống như ID của các dự án thử nghiệm. Dự án thử nghiệm có passcode riêng. Cũng có thể passcode đã hết hạn, đã được đặt lại hay đã bị xóa, hoặc một trong hai giá trị không đúng. Không khu vực nào đã kiểm tra chấp nhận, vì vậy nguyên nhân không phải là việc chọn khu vực.
    .action = Trong bảng điều khiển CleverTap, hãy mở dự án thử nghiệm và đối chiếu ID tài khoản với Project ID tại Settings > Project. Nếu ID đúng, hãy dùng passcode của dự án này. { -new-passcode } Để kết nối dự án chính thức, hãy nhập Project ID và passcode của dự án đó.

check-account-id =
    .title = CleverTap không nhận ra ID tài khoản này
    .message = CleverTap báo rằng ID tài khoản này không hợp lệ ở khu vực đã chọn.
    .action = { -copy-account-id } Hãy kiểm tra xem khu vực có đúng với khu vực trong địa chỉ bảng điều khiển không.
check-account-id-everywhere =
    .message = CleverTap báo rằng ID tài khoản này không hợp lệ. Không khu vực nào đã kiểm tra chấp nhận, vì vậy nguyên nhân không phải là việc chọn khu vực.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = Đây có vẻ là địa chỉ email, không phải ID tài khoản
    .message = Trường ID tài khoản chứa ký tự @ như trong địa chỉ email. ID tài khoản thường có dạng XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = Đây là địa chỉ web, không phải ID tài khoản
    .message = Trường ID tài khoản chứa một địa chỉ web. ID tài khoản thường có dạng XXX-XXX-XXXX.
    .action = { -copy-account-id } Bạn cũng có thể dán địa chỉ mà trình duyệt hiển thị khi bạn đã đăng nhập vào bảng điều khiển: địa chỉ đó chứa ID tài khoản.
check-account-id-account-name =
    .title = Đây có vẻ là tên, không phải ID tài khoản
    .message = Trường ID tài khoản chứa từ hoặc chữ cái, chẳng hạn tên của tài khoản. ID tài khoản thường có dạng XXX-XXX-XXXX, gồm chữ số và chữ in hoa.
    .action = { -copy-account-id }
check-account-id-label =
    .title = Chỉ nhập ID tài khoản
    .message = Trường ID tài khoản chứa văn bản khác ngoài ID tài khoản hoặc thay cho ID tài khoản, chẳng hạn tên của trường hoặc của một tiêu đề HTTP.
    .action = Hãy xóa văn bản khác đó và chỉ nhập ID tài khoản, thường có dạng XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = ID tài khoản chỉ có chữ in hoa
    .message = ID tài khoản này chứa chữ thường. CleverTap phân biệt chữ thường và chữ in hoa.
    .action = Hãy nhập ID tài khoản bằng chữ in hoa hoặc sao chép lại. { -account-id-place }
check-account-id-incomplete =
    .title = ID tài khoản không có dạng thông thường
    .message = ID tài khoản thường gồm ba nhóm 3, 3 và 4 ký tự, cách nhau bằng dấu gạch ngang: XXX-XXX-XXXX. Ở đây thiếu ký tự hoặc dấu gạch ngang, hoặc thừa ký tự, chẳng hạn khoảng trắng.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = ID tài khoản chứa ký tự có thể đã bị đọc nhầm
    .message = Ký tự thứ { $position } là { $character }; ID tài khoản không chứa { $character }.
    .message-two = Ký tự thứ { $position } là { $character } và ký tự thứ { $second-position } là { $second-character }; ID tài khoản không chứa hai ký tự này.
    .message-foreign = ID tài khoản chứa một ký tự có thể trông đúng nhưng không phải là chữ cái A–Z hay chữ số 0–9 (vị trí { $positions }).
    .action = Hãy sao chép ID tài khoản thay vì gõ. { -account-id-place }

looks-like-token =
    .title = Đây có vẻ là token tài khoản, không phải passcode
    .message = CleverTap không chấp nhận thông tin xác thực này, và passcode có dạng của token tài khoản (bảng điều khiển gọi là Project Token), vốn dành cho các SDK.
    .action = Hãy nhập passcode thay vào đó. { -new-passcode }

fields-swapped =
    .title = ID tài khoản và passcode có thể đã bị nhập ngược
    .message = CleverTap không chấp nhận thông tin xác thực này. Passcode có dạng của ID tài khoản, còn ID tài khoản có dạng của passcode hoặc token.
    .action = Nếu hai giá trị bị nhập ngược, hãy đổi chỗ. Nếu không, hãy sửa ID tài khoản. { -account-id-place }

choose-region =
    .title = Tài khoản của bạn ở khu vực khác
    .message = CleverTap không chấp nhận thông tin xác thực này ở khu vực { $region }, nhưng chấp nhận ở khu vực { $suggested }.
    .action = Hãy chọn khu vực { $suggested } rồi thử lại.

request-whitelisting =
    .title = CleverTap chưa phê duyệt phần tích hợp này
    .message = Tên đối tác "{ $partner }" không nằm trong số đối tác được CleverTap phê duyệt, vì vậy hiện chưa thể kết nối tài khoản nào bằng tên này.
    .action = Hiện bạn không cần thay đổi gì. Nhà cung cấp phần tích hợp này phải yêu cầu CleverTap phê duyệt tên đối tác. Sau đó mới có thể kiểm tra ID tài khoản và passcode của bạn.

retry-shortly =
    .title = CleverTap hiện không khả dụng
    .message = Không thể kết nối với CleverTap, hoặc CleverTap không kịp đưa ra câu trả lời dùng được. Thông tin xác thực của bạn chưa kiểm tra được và rất có thể vẫn đúng.
    .action = Vui lòng đợi một lát rồi thử lại. Nếu tình trạng kéo dài, hãy xem trang trạng thái của CleverTap.
    .action-minutes = Vui lòng thử lại sau { $minutes } phút. Nếu tình trạng kéo dài, hãy xem trang trạng thái của CleverTap.
retry-shortly-busy =
    .title = CleverTap đang bận
    .message = CleverTap hiện không nhận thêm yêu cầu. Thông tin xác thực của bạn chưa kiểm tra được và rất có thể vẫn đúng.
retry-shortly-overloaded =
    .title = Dịch vụ này đang bận
    .message = Hiện có quá nhiều lượt xác minh đang chạy. Thông tin xác thực của bạn chưa kiểm tra được và rất có thể vẫn đúng.
    .action = Vui lòng đợi một lát rồi thử lại.
    .action-minutes = Vui lòng thử lại sau { $minutes } phút.

slow-down =
    .title = Quá nhiều yêu cầu
    .message = Hiện có quá nhiều yêu cầu. Thông tin xác thực của bạn chưa được kiểm tra.
    .action = Vui lòng đợi một lát rồi thử lại.
    .action-minutes = Vui lòng thử lại sau { $minutes } phút.

too-many-attempts =
    .title = Quá nhiều lần thử
    .message = Đã có quá nhiều lần thử với tài khoản này hoặc trong phiên này. Để bảo vệ tài khoản, các lần thử tiếp theo tạm dừng.
    .action = Vui lòng thử lại khi hết thời gian tạm dừng. Trong lúc đó, hãy bảo đảm rằng bạn có passcode còn hiệu lực. { -new-passcode }
    .action-minutes = Vui lòng thử lại sau { $minutes } phút. Trong lúc đó, hãy bảo đảm rằng bạn có passcode còn hiệu lực. { -new-passcode }
attempts-left = Số lần thử còn lại cho tài khoản này trước khi tạm dừng: { $count }.

contact-operator =
    .title = Đã xảy ra sự cố ngoài dự kiến
    .message = Quá trình xác minh kết thúc mà không có kết quả, và thử lại có lẽ cũng không giúp được gì. Thông tin xác thực của bạn chưa kiểm tra được và rất có thể vẫn đúng.
    .action = Vui lòng liên hệ bộ phận hỗ trợ của phần tích hợp này và cung cấp ID yêu cầu.

fix-request =
    .title = Không thể xử lý yêu cầu
    .message = Phần tích hợp đã gửi một yêu cầu mà dịch vụ không hiểu hoặc không được phép trả lời.
    .action = Bạn không thể tự khắc phục. Vui lòng báo cho bộ phận hỗ trợ của phần tích hợp này và cung cấp ID yêu cầu.
fix-request-fields =
    .title = Vui lòng kiểm tra thông tin đã nhập
    .message = Có ít nhất một trường để trống hoặc không dùng được.
    .action = Hãy sửa các trường được đánh dấu rồi thử lại.
fix-request-label =
    .title = Chỉ nhập chính giá trị
    .message = Một trường chứa văn bản khác ngoài giá trị hoặc thay cho giá trị, chẳng hạn tên của trường hoặc của một tiêu đề HTTP.
    .action = Hãy xóa văn bản khác đó khỏi trường được đánh dấu rồi thử lại.
fix-request-web-address =
    .title = Đây là một địa chỉ web
    .message = Một trường chứa địa chỉ web ở chỗ của một giá trị khác.
    .action = Hãy sao chép giá trị cho trường được đánh dấu từ bảng điều khiển CleverTap rồi thử lại.

## Field errors: what is wrong, and what is allowed

error-missing = Trường này là bắt buộc.
error-empty = Vui lòng điền trường này.
error-wrong-type = Thành phần này phải là chuỗi JSON, nhưng lại có kiểu { $found }.
    .flag = Thành phần này phải là true hoặc false, nhưng lại có kiểu { $found }.
error-too-long = Hãy nhập tối đa { $most } ký tự.
error-unusable-characters = Ký tự thứ { $position } không dùng được. Chỉ dùng chữ cái A–Z và a–z (không dấu), chữ số và dấu câu, không có khoảng trắng. Văn bản sao chép có thể kèm ký tự ẩn hoặc ký tự trông giống nhau: hãy xóa trống trường này rồi sao chép lại giá trị, hoặc tự gõ.
error-unknown-region = Hãy chọn một trong các khu vực này: { $known }. Hoặc dán địa chỉ bảng điều khiển CleverTap của bạn, trong đó có khu vực.
    .near = Có phải ý bạn là { $region }? Hãy chọn một trong các khu vực này: { $known }. Hoặc dán địa chỉ bảng điều khiển CleverTap của bạn, trong đó có khu vực.
    .address = Địa chỉ này không chứa khu vực. Trước tiên hãy đăng nhập vào bảng điều khiển CleverTap, rồi sao chép địa chỉ mà trình duyệt hiển thị. Hoặc hãy chọn một trong các khu vực này: { $known }.
error-no-origin = Chỉ chấp nhận origin của một trang: giao thức, máy chủ và cổng, ví dụ https://dash.example.com.
error-out-of-range = Chỉ chấp nhận số nguyên từ 1 đến { $most }.

## Warnings

warning-repaired =
    .account-id = ID tài khoản đã được sửa: khoảng trắng hoặc dấu ngoặc kép xung quanh, ký tự ẩn, dấu gạch ngang đặc biệt hoặc ký tự toàn độ rộng đã được xóa hay thay thế, hoặc ID được lấy từ địa chỉ đã dán.
    .passcode = Khoảng trắng hoặc dấu ngoặc kép xung quanh passcode, hoặc ký tự ẩn, đã được xóa.
    .region = Khoảng trắng hoặc dấu ngoặc kép xung quanh khu vực, hoặc ký tự ẩn, đã được xóa.
warning-unusual-shape =
    .account-id = ID tài khoản CleverTap thường có dạng XXX-XXX-XXXX. Hãy đối chiếu ID này với Project ID tại Settings > Project trong bảng điều khiển CleverTap.
warning-url-conflict =
    .account-id = Địa chỉ bảng điều khiển đã dán thuộc về một ID tài khoản khác với ID đã nhập. Hệ thống đã dùng ID đã nhập.
    .region = Địa chỉ bảng điều khiển được nhập làm ID tài khoản thuộc một khu vực khác với khu vực đã chọn. Hệ thống đã dùng khu vực đã chọn.

## Problems: title, and what it means

problem-malformed-json = JSON sai định dạng
    .detail = Phần thân phải là một đối tượng JSON duy nhất gồm các thành phần account_id, passcode, region và, nếu muốn, suggest_region và lang, mỗi thành phần tối đa một lần và không có thành phần nào khác.
    .position = Xem dòng { $line }, cột { $column }.
    .duplicate = Thành phần { $member } xuất hiện nhiều hơn một lần (dòng { $line }, cột { $column }).
    .unknown = Có một thành phần không xác định (dòng { $line }, cột { $column }).
    .similar = Có một thành phần không xác định (dòng { $line }, cột { $column }); có lẽ ý muốn nói là { $member }.
problem-bad-request = Yêu cầu không đúng
    .detail = Yêu cầu HTTP sai định dạng hoặc không rõ ràng: cần có đúng một Host hợp lệ và độ dài xác định rõ ràng.
problem-invalid-request = Yêu cầu không hợp lệ
    .detail = Có ít nhất một trường bị thiếu hoặc không dùng được; "errors" liệt kê từng trường đó.
problem-unauthenticated = Chưa được xác thực
    .detail = Yêu cầu cần có khóa API hoặc token phiên hợp lệ trong tiêu đề "Authorization: Bearer".
problem-forbidden = Không được phép
    .detail = Khóa hoặc token hợp lệ nhưng không có quyền thực hiện thao tác này.
problem-not-found = Không tìm thấy
    .detail = Không có gì tại địa chỉ này.
problem-method-not-allowed = Phương thức không được phép
    .detail = Địa chỉ này không chấp nhận phương thức này; tiêu đề "Allow" liệt kê các phương thức được chấp nhận.
problem-unsupported-media-type = Kiểu nội dung không được hỗ trợ
    .detail = Phần thân phải là JSON, và "Content-Type" phải là application/json.
problem-payload-too-large = Nội dung quá lớn
    .detail = Phần thân dài hơn mức dịch vụ này chấp nhận.
problem-request-timeout = Yêu cầu quá thời gian chờ
    .detail = Yêu cầu không đến đầy đủ trong thời gian cho phép.
problem-uri-too-long = URI quá dài
    .detail = Địa chỉ dài hơn mức dịch vụ này chấp nhận.
problem-headers-too-large = Tiêu đề quá lớn
    .detail = Các trường tiêu đề dài hơn hoặc nhiều hơn mức dịch vụ này chấp nhận.
problem-rate-limited = Vượt quá giới hạn yêu cầu
    .detail = Số yêu cầu nhận được nhiều hơn mức bên gọi này được phép gửi; "Retry-After" cho biết khi nào có thể thử lại.
problem-too-many-attempts = Quá nhiều lần thử
    .detail = Quá nhiều bộ thông tin xác thực khác nhau đã bị từ chối đối với tài khoản này trong thời gian ngắn, hoặc token phiên đã hết số lần thử; "Retry-After" cho biết khi nào được thử lần tiếp theo.
problem-upstream-unexpected = CleverTap trả lời ngoài dự kiến
    .detail = CleverTap đưa ra câu trả lời không thuộc các dạng đã biết, nên không thể kết luận gì về thông tin xác thực.
problem-upstream-unavailable = CleverTap không khả dụng
    .detail = Không thể kết nối với CleverTap hoặc CleverTap báo lỗi từ phía mình, nên không thể kết luận gì về thông tin xác thực.
problem-upstream-busy = CleverTap đang bận
    .detail = CleverTap hiện không nhận thêm yêu cầu, nên hiện chưa thể kết luận gì về thông tin xác thực.
problem-upstream-timeout = CleverTap không trả lời kịp thời
    .detail = CleverTap không đưa ra câu trả lời đầy đủ trong thời gian cho phép, nên không thể kết luận gì về thông tin xác thực.
problem-overloaded = Quá tải
    .detail = Dịch vụ này tạm thời từ chối công việc mới để duy trì khả năng phản hồi.
problem-internal = Lỗi nội bộ
    .detail = Đây là lỗi của dịch vụ này; đơn vị vận hành dịch vụ có thể tìm ra lỗi dựa vào ID yêu cầu.

## Pages, the command line and its report

page-owner = Ai có thể khắc phục
page-action = Việc cần làm
page-retryable = Có nên thử lại mà không thay đổi gì
page-yes = Có
page-no = Không
page-more = Tìm hiểu thêm
page-languages = Ngôn ngữ khác
owner-none = Không có gì cần khắc phục
owner-customer = Bạn, với tư cách khách hàng
owner-partner = Nhà cung cấp phần tích hợp này
owner-clevertap = CleverTap
owner-operator = Đơn vị vận hành dịch vụ này
report-title = Thông tin xác thực đã lưu
report-made = connect-verifier đã kiểm tra lại vào { $time }.
report-rows = Số dòng
report-accepted = Được chấp nhận
report-refused = Không được chấp nhận
report-undecided = Không có kết quả
report-results = Kết quả
report-regions = Kết quả theo khu vực
report-newly-refused = Không còn được chấp nhận kể từ báo cáo trước
report-recovered = Được chấp nhận trở lại kể từ báo cáo trước
report-accounts = Việc cần làm và cho tài khoản nào
report-nothing = Không có.
report-account = Tài khoản
report-id = ID
report-region = Khu vực đã chọn
report-result = Kết quả
report-more = Còn { $count } mục nữa trong tệp đầu ra.
report-customer = Khách hàng
