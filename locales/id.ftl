# Indonesian: Bahasa Indonesia

## Sentences that several texts share

-new-passcode = Passcode yang sudah ada tidak dapat ditampilkan lagi. Untuk membuat yang baru, buka Settings > Passcodes di dasbor CleverTap Anda, lalu pilih + Passcode dan kemudian Create & View; API Key menyalinnya. Jika Anda tidak melihat Passcodes, hubungi admin akun CleverTap Anda.
-copy-account-id = Salin ID akun dari Settings > Project di dasbor CleverTap Anda; di sana namanya Project ID.
-account-id-place = Dasbor CleverTap Anda menampilkan ID akun di Settings > Project; di sana namanya Project ID.

## Advice: one message for each code, and one for each reason that refines it

verified =
    .title = Kredensial diterima
    .message = CleverTap menerima ID akun dan passcode ini.
    .action = Anda tidak perlu melakukan apa pun lagi.

check-credentials =
    .title = CleverTap tidak menerima kredensial ini
    .message = CleverTap tidak menerima ID akun dan passcode ini di wilayah ini. Mungkin salah satunya keliru, akunnya berada di wilayah lain, atau passcode sudah kedaluwarsa, diatur ulang, atau dihapus.
    .action = Di dasbor CleverTap Anda, bandingkan ID akun dengan Project ID di Settings > Project, dan wilayahnya dengan wilayah pada alamat dasbor. Jika keduanya benar, gunakan passcode lain. { -new-passcode }
check-credentials-everywhere =
    .message = Tidak satu pun wilayah yang diperiksa menerima ID akun dan passcode ini, jadi penyebabnya bukan pilihan wilayah. Mungkin salah satunya keliru, atau passcode sudah kedaluwarsa, diatur ulang, atau dihapus.
    .action = Di dasbor CleverTap Anda, bandingkan ID akun dengan Project ID di Settings > Project. Jika sudah benar, gunakan passcode lain. { -new-passcode }
check-credentials-hidden-passcode =
    .title = Ini bukan passcode yang sebenarnya
    .message = Kolom passcode hanya berisi titik atau tanda bintang. Halaman menampilkannya sebagai ganti passcode yang disembunyikan.
    .action = Masukkan passcode yang sebenarnya. { -new-passcode }
check-credentials-bearer-prefix =
    .title = Passcode diawali dengan kata Bearer
    .message = Kata Bearer adalah bagian dari jenis kunci lain. CleverTap memerlukan passcode tanpa kata itu.
    .action = Hapus kata Bearer dan masukkan passcode saja.
check-credentials-label =
    .title = Masukkan passcode saja
    .message = Kolom passcode berisi teks lain di samping passcode atau sebagai gantinya, misalnya nama kolom atau nama header.
    .action = Hapus teks lain itu dan masukkan passcode saja.
check-credentials-web-address =
    .title = Ini alamat web, bukan passcode
    .message = Kolom passcode berisi alamat web.
    .action = Masukkan passcode yang sebenarnya. { -new-passcode }
check-credentials-same-as-account-id =
    .title = Kedua kolom berisi nilai yang sama
    .message = ID akun dan passcode adalah dua nilai yang berbeda, tetapi nilai yang sama dimasukkan di kedua kolom.
    .action = { -copy-account-id } Setelah itu, masukkan passcode. { -new-passcode }
check-credentials-placeholder =
    .title = Ini tampaknya teks contoh, bukan passcode
    .message = Kolom passcode berisi kata yang ditampilkan contoh dan formulir sebagai ganti passcode.
    .action = Masukkan passcode yang sebenarnya. { -new-passcode }
check-credentials-user-passcode =
    .title = CleverTap tidak menerima kredensial ini
    .message = Passcode ini berbentuk passcode pengguna. Passcode pengguna memiliki masa berlaku, dan admin dapat mengatur ulang atau mencabutnya. Mungkin juga ID akun keliru atau akunnya berada di wilayah lain.
    .message-everywhere = Passcode ini berbentuk passcode pengguna. Passcode pengguna memiliki masa berlaku, dan admin dapat mengatur ulang atau mencabutnya. Mungkin juga ID akun keliru. Tidak satu pun wilayah yang diperiksa menerimanya, jadi penyebabnya bukan pilihan wilayah.
    .action = Pengguna yang diberi passcode ini dapat melihat passcode yang berlaku di halaman Settings pada dasbor CleverTap. Admin dapat memberikan yang baru di Settings > Users dengan Grant. Bandingkan juga ID akun dengan Project ID di Settings > Project.
check-credentials-test-project =
    .title = CleverTap tidak menerima kredensial ini
    .message = ID akun ini diawali dengan TEST-, seperti ID proyek uji coba. Proyek uji coba memiliki passcode tersendiri. Mungkin juga passcode sudah kedaluwarsa, diatur ulang, atau dihapus, salah satu dari kedua nilai keliru, atau akunnya berada di wilayah lain.
    .message-everywhere = ID akun ini diawali dengan TEST-, seperti ID proyek uji coba. Proyek uji coba memiliki passcode tersendiri. Mungkin juga passcode sudah kedaluwarsa, diatur ulang, atau dihapus, atau salah satu dari kedua nilai keliru. Tidak satu pun wilayah yang diperiksa menerimanya, jadi penyebabnya bukan pilihan wilayah.
    .action = Di dasbor CleverTap Anda, buka proyek uji coba dan bandingkan ID akun dengan Project ID di Settings > Project. Jika sudah benar, gunakan passcode proyek ini. { -new-passcode } Untuk menghubungkan proyek produksi, masukkan Project ID dan passcode proyek tersebut.

check-account-id =
    .title = CleverTap tidak mengenali ID akun ini
    .message = CleverTap melaporkan bahwa ID akun ini tidak valid di wilayah yang dipilih.
    .action = { -copy-account-id } Pastikan wilayahnya sama dengan yang tertera pada alamat dasbor.
check-account-id-everywhere =
    .message = CleverTap melaporkan bahwa ID akun ini tidak valid. Tidak satu pun wilayah yang diperiksa menerimanya, jadi penyebabnya bukan pilihan wilayah.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = Ini tampaknya alamat email, bukan ID akun
    .message = Kolom ID akun berisi tanda @ seperti pada alamat email. ID akun biasanya berbentuk XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = Ini alamat web, bukan ID akun
    .message = Kolom ID akun berisi alamat web. ID akun biasanya berbentuk XXX-XXX-XXXX.
    .action = { -copy-account-id } Anda juga dapat menempelkan alamat yang ditampilkan browser saat Anda masuk ke dasbor: alamat itu memuat ID akun.
check-account-id-account-name =
    .title = Ini tampaknya nama, bukan ID akun
    .message = Kolom ID akun berisi kata atau huruf, misalnya nama akun. ID akun biasanya berbentuk XXX-XXX-XXXX, dengan angka dan huruf besar.
    .action = { -copy-account-id }
check-account-id-label =
    .title = Masukkan ID akun saja
    .message = Kolom ID akun berisi teks lain di samping ID akun atau sebagai gantinya, misalnya nama kolom atau nama header.
    .action = Hapus teks lain itu dan masukkan ID akun saja, yang biasanya berbentuk XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = ID akun hanya berisi huruf besar
    .message = ID akun ini berisi huruf kecil. CleverTap membedakan huruf kecil dan huruf besar.
    .action = Masukkan ID akun dengan huruf besar, atau salin ulang. { -account-id-place }
check-account-id-incomplete =
    .title = ID akun tidak berbentuk seperti biasanya
    .message = ID akun biasanya terdiri dari tiga kelompok yang masing-masing berisi 3, 3, dan 4 karakter dengan tanda hubung di antaranya: XXX-XXX-XXXX. Di sini ada karakter atau tanda hubung yang kurang, atau terlalu banyak karakter, misalnya spasi.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = ID akun berisi karakter yang mungkin salah baca
    .message = Karakter ke-{ $position } adalah { $character }; ID akun tidak berisi { $character }.
    .message-two = Karakter ke-{ $position } adalah { $character } dan karakter ke-{ $second-position } adalah { $second-character }; ID akun tidak berisi keduanya.
    .message-foreign = ID akun berisi karakter yang mungkin terlihat benar, tetapi bukan salah satu huruf A–Z atau angka 0–9 (posisi { $positions }).
    .action = Salin ID akun, jangan mengetiknya. { -account-id-place }

looks-like-token =
    .title = Ini tampaknya token akun, bukan passcode
    .message = CleverTap tidak menerima kredensial ini, dan passcode ini berbentuk token akun (disebut Project Token di dasbor), yang ditujukan untuk SDK.
    .action = Masukkan passcode sebagai gantinya. { -new-passcode }

fields-swapped =
    .title = ID akun dan passcode mungkin tertukar
    .message = CleverTap tidak menerima kredensial ini. Passcode berbentuk ID akun, dan ID akun berbentuk passcode atau token.
    .action = Jika keduanya tertukar, tukar kembali. Jika tidak, perbaiki ID akun. { -account-id-place }

choose-region =
    .title = Akun Anda berada di wilayah lain
    .message = CleverTap tidak menerima kredensial ini di wilayah { $region }, tetapi menerimanya di wilayah { $suggested }.
    .action = Pilih { $suggested } sebagai wilayah, lalu coba lagi.

request-whitelisting =
    .title = CleverTap belum menyetujui integrasi ini
    .message = Nama mitra "{ $partner }" tidak termasuk mitra yang disetujui CleverTap, sehingga belum ada akun yang dapat dihubungkan dengan nama ini.
    .action = Untuk saat ini Anda tidak perlu mengubah apa pun. Penyedia integrasi ini harus meminta CleverTap menyetujui nama mitra tersebut. Setelah itu barulah ID akun dan passcode Anda dapat diperiksa.

retry-shortly =
    .title = CleverTap tidak tersedia saat ini
    .message = CleverTap tidak dapat dihubungi atau tidak memberikan jawaban yang dapat digunakan tepat waktu. Kredensial Anda tidak dapat diperiksa; bisa saja sudah benar.
    .action = Tunggu sebentar, lalu coba lagi. Jika masalah berlanjut, lihat halaman status CleverTap.
    .action-minutes = Coba lagi dalam { $minutes } menit. Jika masalah berlanjut, lihat halaman status CleverTap.
retry-shortly-busy =
    .title = CleverTap sedang sibuk
    .message = CleverTap tidak menerima permintaan lagi saat ini. Kredensial Anda tidak dapat diperiksa; bisa saja sudah benar.
retry-shortly-overloaded =
    .title = Layanan ini sedang sibuk
    .message = Terlalu banyak verifikasi yang sedang berjalan saat ini. Kredensial Anda tidak dapat diperiksa; bisa saja sudah benar.
    .action = Tunggu sebentar, lalu coba lagi.
    .action-minutes = Coba lagi dalam { $minutes } menit.

slow-down =
    .title = Terlalu banyak permintaan
    .message = Saat ini terlalu banyak permintaan. Kredensial Anda tidak diperiksa.
    .action = Tunggu sebentar, lalu coba lagi.
    .action-minutes = Coba lagi dalam { $minutes } menit.

too-many-attempts =
    .title = Terlalu banyak percobaan
    .message = Terlalu banyak percobaan untuk akun ini atau dalam sesi ini. Untuk melindungi akun, percobaan berikutnya dijeda.
    .action = Coba lagi setelah jeda berakhir. Sementara itu, pastikan Anda memiliki passcode yang masih berlaku. { -new-passcode }
    .action-minutes = Coba lagi dalam { $minutes } menit. Sementara itu, pastikan Anda memiliki passcode yang masih berlaku. { -new-passcode }
attempts-left = Sisa percobaan untuk akun ini sebelum dijeda: { $count }.

contact-operator =
    .title = Terjadi sesuatu yang tidak terduga
    .message = Verifikasi berakhir tanpa hasil, dan mencoba lagi kemungkinan besar tidak akan membantu. Kredensial Anda tidak dapat diperiksa; bisa saja sudah benar.
    .action = Hubungi tim dukungan integrasi ini dan sampaikan ID permintaannya.

fix-request =
    .title = Permintaan tidak dapat diproses
    .message = Integrasi mengirim permintaan yang tidak dipahami atau tidak boleh dijawab oleh layanan.
    .action = Anda tidak dapat memperbaikinya sendiri. Beri tahu tim dukungan integrasi ini dan sampaikan ID permintaannya.
fix-request-fields =
    .title = Periksa kembali isian Anda
    .message = Setidaknya satu kolom kosong atau tidak dapat digunakan.
    .action = Perbaiki kolom yang ditandai, lalu coba lagi.
fix-request-label =
    .title = Masukkan nilainya saja
    .message = Sebuah kolom berisi teks lain di samping nilainya atau sebagai gantinya, misalnya nama kolom atau nama header.
    .action = Hapus teks lain itu dari kolom yang ditandai, lalu coba lagi.
fix-request-web-address =
    .title = Ini alamat web
    .message = Sebuah kolom berisi alamat web, padahal seharusnya berisi nilai lain.
    .action = Salin nilai untuk kolom yang ditandai dari dasbor CleverTap Anda, lalu coba lagi.

## Field errors: what is wrong, and what is allowed

error-missing = Kolom ini wajib diisi.
error-empty = Isilah kolom ini.
error-wrong-type = Anggota ini harus berupa string JSON, tetapi tipenya { $found }.
    .flag = Anggota ini harus true atau false, tetapi tipenya { $found }.
error-too-long = Masukkan paling banyak { $most } karakter.
error-unusable-characters = Karakter ke-{ $position } tidak dapat digunakan. Gunakan hanya huruf A–Z dan a–z, angka, dan tanda baca, tanpa spasi. Teks yang disalin bisa membawa karakter yang tidak terlihat atau yang mirip: kosongkan kolom ini lalu salin ulang nilainya, atau ketik sendiri.
error-unknown-region = Pilih salah satu wilayah ini: { $known }. Atau tempelkan alamat dasbor CleverTap Anda, yang memuat wilayahnya.
    .near = Apakah maksud Anda { $region }? Pilih salah satu wilayah ini: { $known }. Atau tempelkan alamat dasbor CleverTap Anda, yang memuat wilayahnya.
    .address = Alamat ini tidak memuat wilayah. Masuklah terlebih dahulu ke dasbor CleverTap Anda, lalu salin alamat yang ditampilkan browser. Atau pilih salah satu wilayah ini: { $known }.
error-no-origin = Yang diizinkan adalah origin sebuah halaman: hanya skema, host, dan port, misalnya https://dash.example.com.
error-out-of-range = Yang diizinkan adalah bilangan bulat dari 1 sampai { $most }.

## Warnings

warning-repaired =
    .account-id = ID akun telah diperbaiki: spasi atau tanda kutip di sekitarnya, karakter yang tidak terlihat, tanda pisah khusus, atau karakter lebar penuh telah dihapus atau diganti, atau ID diambil dari alamat yang ditempelkan.
    .passcode = Spasi atau tanda kutip di sekitar passcode, atau karakter yang tidak terlihat, telah dihapus.
    .region = Spasi atau tanda kutip di sekitar wilayah, atau karakter yang tidak terlihat, telah dihapus.
warning-unusual-shape =
    .account-id = ID akun CleverTap biasanya berbentuk XXX-XXX-XXXX. Bandingkan ID ini dengan Project ID di Settings > Project pada dasbor CleverTap Anda.
warning-url-conflict =
    .account-id = Alamat dasbor yang ditempelkan adalah milik ID akun lain, bukan yang dimasukkan. Yang digunakan adalah ID akun yang dimasukkan.
    .region = Alamat dasbor yang dimasukkan sebagai ID akun berasal dari wilayah lain, bukan wilayah yang dipilih. Yang digunakan adalah wilayah yang dipilih.

## Problems: title, and what it means

problem-malformed-json = Format JSON salah
    .detail = Isi permintaan harus berupa satu objek JSON dengan anggota account_id, passcode, region, dan, jika diinginkan, suggest_region dan lang, masing-masing paling banyak satu kali dan tanpa anggota lain.
    .position = Lihat baris { $line }, kolom { $column }.
    .duplicate = Anggota { $member } muncul lebih dari satu kali (baris { $line }, kolom { $column }).
    .unknown = Ada anggota yang tidak dikenal (baris { $line }, kolom { $column }).
    .similar = Ada anggota yang tidak dikenal (baris { $line }, kolom { $column }); mungkin yang dimaksud adalah { $member }.
problem-bad-request = Permintaan salah
    .detail = Permintaan HTTP salah format atau ambigu: harus ada tepat satu Host yang valid dan panjang yang jelas.
problem-invalid-request = Permintaan tidak valid
    .detail = Setidaknya satu kolom tidak ada atau tidak dapat digunakan; "errors" menyebutkan setiap kolom tersebut.
problem-unauthenticated = Belum diautentikasi
    .detail = Permintaan memerlukan kunci API atau token sesi yang valid di header "Authorization: Bearer".
problem-forbidden = Akses tidak diizinkan
    .detail = Kunci atau token ini valid, tetapi tidak boleh melakukan hal ini.
problem-not-found = Tidak ditemukan
    .detail = Tidak ada apa pun di alamat ini.
problem-method-not-allowed = Metode tidak diizinkan
    .detail = Alamat ini tidak menerima metode ini; header "Allow" menyebutkan metode yang diterima.
problem-unsupported-media-type = Tipe media tidak didukung
    .detail = Isi permintaan harus berupa JSON, dan "Content-Type" harus application/json.
problem-payload-too-large = Isi permintaan terlalu besar
    .detail = Isi permintaan lebih panjang daripada yang diterima layanan ini.
problem-request-timeout = Waktu permintaan habis
    .detail = Permintaan tidak diterima secara lengkap dalam batas waktu.
problem-uri-too-long = URI terlalu panjang
    .detail = Alamat lebih panjang daripada yang diterima layanan ini.
problem-headers-too-large = Header terlalu besar
    .detail = Header lebih panjang atau lebih banyak daripada yang diterima layanan ini.
problem-rate-limited = Batas permintaan terlampaui
    .detail = Permintaan yang masuk lebih banyak daripada yang boleh dikirim oleh pemanggil ini; "Retry-After" menyebutkan kapan boleh mencoba lagi.
problem-too-many-attempts = Terlalu banyak percobaan
    .detail = Terlalu banyak kredensial berbeda yang ditolak untuk akun ini dalam waktu singkat, atau token sesi tidak memiliki percobaan lagi; "Retry-After" menyebutkan kapan percobaan berikutnya boleh dilakukan.
problem-upstream-unexpected = Jawaban tak terduga dari CleverTap
    .detail = CleverTap memberikan jawaban yang tidak termasuk jawaban yang dikenal, sehingga tidak ada yang dapat disimpulkan tentang kredensialnya.
problem-upstream-unavailable = CleverTap tidak tersedia
    .detail = CleverTap tidak dapat dihubungi atau melaporkan kesalahan di pihaknya sendiri, sehingga tidak ada yang dapat disimpulkan tentang kredensialnya.
problem-upstream-busy = CleverTap sedang sibuk
    .detail = CleverTap tidak menerima permintaan lagi saat ini, sehingga belum ada yang dapat disimpulkan tentang kredensialnya.
problem-upstream-timeout = CleverTap tidak menjawab tepat waktu
    .detail = Dalam batas waktu yang ditentukan, CleverTap tidak memberikan jawaban lengkap, sehingga tidak ada yang dapat disimpulkan tentang kredensialnya.
problem-overloaded = Beban berlebih
    .detail = Layanan ini menolak pekerjaan baru untuk sesaat agar tetap responsif.
problem-internal = Kesalahan internal
    .detail = Ini kesalahan pada layanan ini; operatornya dapat menemukannya dengan ID permintaan.

## Pages, the command line and its report

page-owner = Siapa yang dapat memperbaikinya
page-action = Yang perlu dilakukan
page-retryable = Layak dicoba lagi tanpa perubahan
page-yes = Ya
page-no = Tidak
page-more = Selengkapnya
page-languages = Bahasa lain
owner-none = Tidak ada yang perlu diperbaiki
owner-customer = Anda, sebagai pelanggan
owner-partner = Penyedia integrasi ini
owner-clevertap = CleverTap
owner-operator = Operator layanan ini
report-title = Kredensial tersimpan
report-made = Diperiksa ulang oleh connect-verifier pada { $time }.
report-rows = Baris
report-accepted = Diterima
report-refused = Tidak diterima
report-undecided = Tanpa hasil
report-results = Hasil
report-regions = Hasil menurut wilayah
report-newly-refused = Tidak lagi diterima sejak laporan terakhir
report-recovered = Kembali diterima sejak laporan terakhir
report-accounts = Yang perlu dilakukan dan untuk akun mana
report-nothing = Tidak ada.
report-account = Akun
report-id = ID
report-region = Wilayah yang dipilih
report-result = Hasil
report-more = { $count } lagi ada di berkas keluaran.
report-customer = Pelanggan
