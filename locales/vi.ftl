# Vietnamese: Tiếng Việt

## Advice: one message for each code

verified =
    .title = Đã kết nối
    .message = CleverTap đã chấp nhận thông tin xác thực này.
    .action = Bạn không cần làm gì thêm.

check-credentials =
    .title = CleverTap không chấp nhận thông tin xác thực này
    .message = ID tài khoản và passcode không khớp với nhau ở khu vực này. Cũng có thể passcode đã hết hạn, đã được đặt lại hoặc đã bị xóa.
    .action = Trong bảng điều khiển CleverTap, hãy đối chiếu ID tài khoản với Project ID tại Settings > Project, rồi tạo hoặc sao chép một passcode tại Settings > Passcodes. Hãy kiểm tra xem khu vực có đúng với khu vực trong địa chỉ bảng điều khiển của bạn không.

check-credentials-test-project =
    .title = CleverTap không chấp nhận thông tin xác thực này
    .message = ID tài khoản này thuộc về một dự án thử nghiệm (bắt đầu bằng TEST-), và passcode của dự án chính thức không có hiệu lực với dự án đó.
    .action = Trong bảng điều khiển CleverTap, hãy mở dự án thử nghiệm và sao chép passcode tại Settings > Passcodes ở đó, hoặc nhập Project ID của dự án chính thức.

check-account-id =
    .title = CleverTap không nhận ra ID tài khoản này
    .message = Không có tài khoản nào mang ID này ở khu vực đã chọn.
    .action = Hãy sao chép Project ID tại Settings > Project trong bảng điều khiển CleverTap, đồng thời kiểm tra xem khu vực có đúng với khu vực trong địa chỉ bảng điều khiển của bạn không.

looks-like-token =
    .title = Đây có vẻ là token tài khoản, không phải passcode
    .message = CleverTap không chấp nhận giá trị này, và nó có dạng của token tài khoản dành cho các SDK.
    .action = Hãy sao chép một passcode tại Settings > Passcodes trong bảng điều khiển CleverTap của bạn.

fields-swapped =
    .title = ID tài khoản và passcode có vẻ bị nhập ngược
    .message = CleverTap không chấp nhận các giá trị này, và passcode trông giống một ID tài khoản.
    .action = Hãy nhập Project ID vào trường ID tài khoản và passcode vào trường passcode, rồi thử lại.

choose-region =
    .title = Tài khoản của bạn ở khu vực khác
    .message = CleverTap không chấp nhận thông tin xác thực này ở { $region }, nhưng chấp nhận ở { $suggested }.
    .action = Hãy chọn { $suggested } làm khu vực rồi thử lại.

request-whitelisting =
    .title = CleverTap chưa kích hoạt phần tích hợp này
    .message = Tên đối tác "{ $partner }" không có trong danh sách đối tác được CleverTap phê duyệt, vì vậy không ai có thể kết nối qua đối tác này.
    .action = Bạn không cần thay đổi gì. Nhà cung cấp phần tích hợp này phải yêu cầu CleverTap thêm tên đối tác vào danh sách cho phép.

retry-shortly =
    .title = Hiện không thể kết nối với CleverTap
    .message = CleverTap không đưa ra câu trả lời dùng được trong thời gian cho phép. Việc này không nói lên điều gì về thông tin xác thực của bạn.
    .action = Vui lòng đợi một lát rồi thử lại. Nếu tình trạng kéo dài, hãy xem trang trạng thái của CleverTap.

retry-shortly-overloaded =
    .title = Dịch vụ đang bận
    .message = Hiện có quá nhiều lượt xác minh đang chạy. Việc này không nói lên điều gì về thông tin xác thực của bạn.
    .action = Vui lòng đợi một lát rồi thử lại.

slow-down =
    .title = Quá nhiều yêu cầu
    .message = Phần tích hợp này gửi nhiều yêu cầu hơn mức đã thỏa thuận.
    .action = Vui lòng đợi một lát rồi thử lại.

too-many-attempts =
    .title = Quá nhiều lần thử với tài khoản này
    .message = Nhiều bộ thông tin xác thực khác nhau đã bị từ chối đối với tài khoản này, nên các lần thử tiếp theo tạm dừng để bảo vệ tài khoản.
    .action = Vui lòng đợi đến khi hết thời gian tạm dừng. Trong lúc đó, hãy sao chép một passcode còn hiệu lực tại Settings > Passcodes trong bảng điều khiển CleverTap của bạn.

contact-operator =
    .title = Đã xảy ra sự cố ngoài dự kiến
    .message = Quá trình xác minh kết thúc mà không có kết quả, và thử lại có lẽ cũng không giúp được gì. Việc này không nói lên điều gì về thông tin xác thực của bạn.
    .action = Vui lòng liên hệ bộ phận hỗ trợ của phần tích hợp này và cung cấp ID yêu cầu.

fix-request =
    .title = Không thể xử lý yêu cầu
    .message = Phần tích hợp đã gửi một yêu cầu mà dịch vụ không hiểu hoặc không được phép trả lời.
    .action = Nhà cung cấp phần tích hợp này phải sửa yêu cầu đó.

fix-request-fields =
    .title = Vui lòng kiểm tra thông tin đã nhập
    .message = Có ít nhất một trường bị thiếu hoặc không dùng được.
    .action = Hãy sửa các trường được đánh dấu rồi thử lại.

## Field errors: what is wrong, and what is allowed

error-missing = Trường này là bắt buộc.
error-empty = Trường này không được để trống.
error-wrong-type = Trường này phải là văn bản, nhưng lại có kiểu { $found }.
    .flag = Trường này phải là true hoặc false, nhưng lại có kiểu { $found }.
error-too-long = Trường này chỉ được có tối đa { $most } ký tự.
error-unusable-characters = Trường này chỉ được chứa chữ cái Latinh không dấu, chữ số và dấu câu, không có khoảng trắng.
error-unknown-region = Không có khu vực này. Hãy dùng một trong các giá trị { $known }, hoặc auto, hoặc dán địa chỉ bảng điều khiển CleverTap của bạn.
error-no-origin = Chỉ chấp nhận origin của một trang: giao thức, máy chủ và cổng, ví dụ https://dash.example.com.
error-out-of-range = Chỉ chấp nhận số nguyên từ 1 đến { $most }.

## Warnings

warning-repaired =
    .account-id = Đã sửa khoảng trắng, dấu ngoặc kép hoặc dấu gạch ngang đặc biệt ở xung quanh hoặc bên trong ID tài khoản.
    .passcode = Đã xóa khoảng trắng hoặc dấu ngoặc kép xung quanh passcode.
    .region = Đã xóa khoảng trắng hoặc dấu ngoặc kép xung quanh khu vực.
warning-unusual-shape =
    .account-id = Giá trị này không giống ID tài khoản CleverTap, thường có dạng XXX-XXX-XXXX.
warning-url-conflict =
    .account-id = Địa chỉ bảng điều khiển đã dán thuộc về một ID tài khoản khác với ID đã nhập. ID đã nhập được sử dụng.
    .region = Địa chỉ bảng điều khiển được nhập làm ID tài khoản thuộc một khu vực khác với khu vực đã chọn. Khu vực đã chọn được sử dụng.

## Problems: title, and what it means

problem-malformed-json = JSON sai định dạng
    .detail = Phần thân phải là một đối tượng JSON duy nhất gồm các thành phần account_id, passcode, region và, nếu muốn, suggest_region và lang, mỗi thành phần tối đa một lần và không có thành phần nào khác.
problem-bad-request = Yêu cầu không đúng
    .detail = Yêu cầu HTTP sai định dạng hoặc không rõ ràng: cần có đúng một Host hợp lệ và độ dài xác định rõ ràng.
problem-invalid-request = Yêu cầu không hợp lệ
    .detail = Có ít nhất một trường bị thiếu hoặc không dùng được; "errors" liệt kê từng trường đó.
problem-unauthenticated = Chưa được xác thực
    .detail = Yêu cầu cần có khóa API hợp lệ trong tiêu đề "Authorization: Bearer".
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
    .detail = Quá nhiều bộ thông tin xác thực khác nhau đã bị từ chối đối với tài khoản này trong thời gian ngắn; "Retry-After" cho biết khi nào được thử lần tiếp theo.
problem-upstream-unexpected = CleverTap trả lời ngoài dự kiến
    .detail = CleverTap đưa ra câu trả lời không thuộc các dạng đã biết, nên không thể kết luận gì về thông tin xác thực.
problem-upstream-unavailable = CleverTap không khả dụng
    .detail = Không thể kết nối với CleverTap hoặc CleverTap báo lỗi từ phía mình, nên không thể kết luận gì về thông tin xác thực.
problem-upstream-busy = CleverTap đang bận
    .detail = CleverTap đang nhận số lượt hỏi ở mức tối đa mà họ cho phép, nên hiện chưa thể kết luận gì về thông tin xác thực.
problem-upstream-timeout = CleverTap không trả lời kịp thời
    .detail = CleverTap không đưa ra câu trả lời đầy đủ trong thời gian cho phép, nên không thể kết luận gì về thông tin xác thực.
problem-overloaded = Quá tải
    .detail = Dịch vụ này tạm thời từ chối công việc mới để duy trì khả năng phản hồi.
problem-internal = Lỗi nội bộ
    .detail = Đây là lỗi của dịch vụ này; đơn vị vận hành dịch vụ có thể tìm ra lỗi dựa vào ID yêu cầu.

## Pages and the command line

page-code = Mã
page-status = Trạng thái HTTP
page-owner = Ai có thể khắc phục
page-message = Ý nghĩa
page-action = Việc cần làm
page-retryable = Nên thử lại
page-yes = Có
page-no = Không
owner-none = Không ai cần làm gì
owner-customer = Bạn, với tư cách khách hàng
owner-partner = Nhà cung cấp phần tích hợp này
owner-clevertap = CleverTap
owner-operator = Đơn vị vận hành dịch vụ này
