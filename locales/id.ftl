# Indonesian: Bahasa Indonesia

## Advice: one message for each code

verified =
    .title = Terhubung
    .message = CleverTap menerima kredensial ini.
    .action = Anda tidak perlu melakukan apa pun.

check-credentials =
    .title = CleverTap tidak menerima kredensial ini
    .message = ID akun dan passcode tidak saling cocok di wilayah ini. Bisa juga passcode sudah kedaluwarsa, direset, atau dihapus.
    .action = Di dasbor CleverTap Anda, bandingkan ID akun dengan Project ID di Settings > Project, lalu buat atau salin passcode di Settings > Passcodes. Pastikan wilayahnya sama dengan yang tertera pada alamat dasbor Anda.

check-credentials-test-project =
    .title = CleverTap tidak menerima kredensial ini
    .message = ID akun ini milik proyek uji coba (diawali dengan TEST-), dan passcode dari proyek produksi tidak berlaku untuk proyek itu.
    .action = Di dasbor CleverTap Anda, buka proyek uji coba dan salin passcode dari Settings > Passcodes di sana, atau masukkan Project ID dari proyek produksi.

check-account-id =
    .title = CleverTap tidak mengenali ID akun ini
    .message = Tidak ada akun dengan ID ini di wilayah yang dipilih.
    .action = Salin Project ID dari Settings > Project di dasbor CleverTap Anda, dan pastikan wilayahnya sama dengan yang tertera pada alamat dasbor Anda.

looks-like-token =
    .title = Ini tampaknya token akun, bukan passcode
    .message = CleverTap tidak menerimanya, dan bentuknya seperti token akun yang ditujukan untuk SDK.
    .action = Salin passcode dari Settings > Passcodes di dasbor CleverTap Anda.

fields-swapped =
    .title = ID akun dan passcode tampaknya tertukar
    .message = CleverTap tidak menerima keduanya, dan passcode ini terlihat seperti ID akun.
    .action = Masukkan Project ID ke kolom ID akun dan passcode ke kolom passcode, lalu coba lagi.

choose-region =
    .title = Akun Anda berada di wilayah lain
    .message = CleverTap tidak menerima kredensial ini di { $region }, tetapi menerimanya di { $suggested }.
    .action = Pilih { $suggested } sebagai wilayah, lalu coba lagi.

request-whitelisting =
    .title = CleverTap belum mengaktifkan integrasi ini
    .message = Nama mitra "{ $partner }" tidak ada dalam daftar mitra yang disetujui CleverTap, sehingga tidak seorang pun dapat terhubung melaluinya.
    .action = Anda tidak perlu mengubah apa pun. Penyedia integrasi ini harus meminta CleverTap untuk memasukkan nama mitra tersebut ke dalam daftar izin.

retry-shortly =
    .title = CleverTap tidak dapat dihubungi saat ini
    .message = Dalam batas waktu yang ditentukan, CleverTap tidak memberikan jawaban yang dapat digunakan. Hal ini tidak menunjukkan apa pun tentang kredensial Anda.
    .action = Tunggu sebentar, lalu coba lagi. Jika masalah berlanjut, lihat halaman status CleverTap.

retry-shortly-overloaded =
    .title = Layanan sedang sibuk
    .message = Terlalu banyak verifikasi yang sedang berjalan saat ini. Hal ini tidak menunjukkan apa pun tentang kredensial Anda.
    .action = Tunggu sebentar, lalu coba lagi.

slow-down =
    .title = Terlalu banyak permintaan
    .message = Integrasi ini mengirim lebih banyak permintaan daripada yang disepakati.
    .action = Tunggu sebentar, lalu coba lagi.

too-many-attempts =
    .title = Terlalu banyak percobaan untuk akun ini
    .message = Beberapa kredensial yang berbeda telah ditolak untuk akun ini, sehingga percobaan berikutnya dijeda untuk melindunginya.
    .action = Tunggu hingga jeda berakhir. Sementara itu, salin passcode yang masih berlaku dari Settings > Passcodes di dasbor CleverTap Anda.

contact-operator =
    .title = Terjadi sesuatu yang tidak terduga
    .message = Verifikasi berakhir tanpa hasil, dan mencoba lagi kemungkinan besar tidak akan membantu. Hal ini tidak menunjukkan apa pun tentang kredensial Anda.
    .action = Hubungi tim dukungan integrasi ini dan sampaikan ID permintaannya.

fix-request =
    .title = Permintaan tidak dapat diproses
    .message = Integrasi mengirim permintaan yang tidak dipahami atau tidak boleh dijawab oleh layanan.
    .action = Penyedia integrasi ini harus memperbaikinya.

fix-request-fields =
    .title = Periksa kembali isian Anda
    .message = Setidaknya satu kolom belum diisi atau tidak dapat digunakan.
    .action = Perbaiki kolom yang ditandai, lalu coba lagi.

## Field errors: what is wrong, and what is allowed

error-missing = Kolom ini wajib diisi.
error-empty = Kolom ini tidak boleh kosong.
error-wrong-type = Kolom ini harus berupa teks, tetapi tipenya { $found }.
    .flag = Kolom ini harus true atau false, tetapi tipenya { $found }.
error-too-long = Kolom ini boleh berisi paling banyak { $most } karakter.
error-unusable-characters = Kolom ini hanya boleh berisi huruf Latin tanpa aksen, angka, dan tanda baca, tanpa spasi.
error-unknown-region = Wilayah ini tidak dikenal. Gunakan salah satu dari { $known }, atau auto, atau tempelkan alamat dasbor CleverTap Anda.
error-no-origin = Yang diizinkan adalah origin sebuah halaman: hanya skema, host, dan port, misalnya https://dash.example.com.
error-out-of-range = Yang diizinkan adalah bilangan bulat dari 1 sampai { $most }.

## Warnings

warning-repaired =
    .account-id = Spasi, tanda kutip, atau tanda pisah tipografis di sekitar atau di dalam ID akun telah diperbaiki.
    .passcode = Spasi atau tanda kutip di sekitar passcode telah dihapus.
    .region = Spasi atau tanda kutip di sekitar wilayah telah dihapus.
warning-unusual-shape =
    .account-id = Ini tidak terlihat seperti ID akun CleverTap, yang biasanya berbentuk XXX-XXX-XXXX.
warning-url-conflict =
    .account-id = Alamat dasbor yang ditempelkan adalah milik ID akun lain, bukan yang dimasukkan. Yang digunakan adalah ID akun yang dimasukkan.
    .region = Alamat dasbor yang dimasukkan sebagai ID akun berasal dari wilayah lain, bukan wilayah yang dipilih. Wilayah yang dipilihlah yang digunakan.

## Problems: title, and what it means

problem-malformed-json = Format JSON salah
    .detail = Isi permintaan harus berupa satu objek JSON dengan anggota account_id, passcode, region, dan, jika diinginkan, suggest_region dan lang, masing-masing paling banyak satu kali dan tanpa anggota lain.
problem-bad-request = Permintaan salah
    .detail = Permintaan HTTP salah format atau ambigu: harus ada tepat satu Host yang valid dan panjang yang jelas.
problem-invalid-request = Permintaan tidak valid
    .detail = Setidaknya satu kolom tidak ada atau tidak dapat digunakan; "errors" menyebutkan setiap kolom tersebut.
problem-unauthenticated = Belum diautentikasi
    .detail = Permintaan memerlukan kunci API yang valid di header "Authorization: Bearer".
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
    .detail = Terlalu banyak kredensial berbeda yang ditolak untuk akun ini dalam waktu singkat; "Retry-After" menyebutkan kapan percobaan berikutnya boleh dilakukan.
problem-upstream-unexpected = Jawaban tak terduga dari CleverTap
    .detail = CleverTap memberikan jawaban yang tidak termasuk jawaban yang dikenal, sehingga tidak ada yang dapat disimpulkan tentang kredensialnya.
problem-upstream-unavailable = CleverTap tidak tersedia
    .detail = CleverTap tidak dapat dihubungi atau melaporkan kesalahan di pihaknya sendiri, sehingga tidak ada yang dapat disimpulkan tentang kredensialnya.
problem-upstream-busy = CleverTap sedang sibuk
    .detail = CleverTap sudah ditanyai sesering yang diizinkannya, sehingga belum ada yang dapat disimpulkan tentang kredensialnya.
problem-upstream-timeout = CleverTap tidak menjawab tepat waktu
    .detail = Dalam batas waktu yang ditentukan, CleverTap tidak memberikan jawaban lengkap, sehingga tidak ada yang dapat disimpulkan tentang kredensialnya.
problem-overloaded = Beban berlebih
    .detail = Layanan ini menolak pekerjaan baru untuk sesaat agar tetap responsif.
problem-internal = Kesalahan internal
    .detail = Ini kesalahan pada layanan ini; operatornya dapat menemukannya dengan ID permintaan.

## Pages and the command line

page-code = Kode
page-status = Status HTTP
page-owner = Siapa yang dapat memperbaikinya
page-message = Artinya
page-action = Yang perlu dilakukan
page-retryable = Layak dicoba lagi
page-yes = Ya
page-no = Tidak
owner-none = Tidak ada yang perlu bertindak
owner-customer = Anda, sebagai pelanggan
owner-partner = Penyedia integrasi ini
owner-clevertap = CleverTap
owner-operator = Operator layanan ini
