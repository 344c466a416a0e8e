<?php
// PHP 8.2 with the curl extension: POST /connect checks a customer's CleverTap credentials.
//   CONNECT_VERIFIER_URL=… CONNECT_VERIFIER_KEY=… php -S 127.0.0.1:3000 connect.php
// Put the route behind your login: each call counts against your rate.
declare(strict_types=1);

/** @return array{int, array<string, string>, array<string, mixed>} the status, headers and body of the answer */
function verify(#[\SensitiveParameter] array $credential): array
{
    $headers = [];
    $curl = curl_init(getenv('CONNECT_VERIFIER_URL') . '/v1/verify');
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => json_encode($credential, JSON_INVALID_UTF8_SUBSTITUTE),
        CURLOPT_HTTPHEADER => [
            'Authorization: Bearer ' . getenv('CONNECT_VERIFIER_KEY'),
            'Content-Type: application/json',
            'Accept-Language: ' . ($_SERVER['HTTP_ACCEPT_LANGUAGE'] ?? ''),
            'X-Request-Id: ' . ($_SERVER['HTTP_X_REQUEST_ID'] ?? ''), // the service generates one if it is empty
        ],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_FOLLOWLOCATION => false, // a redirect would send the passcode to another host
        CURLOPT_TIMEOUT => 12, // the service answers within 10 s
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$headers): int {
            [$name, $value] = explode(':', $line, 2) + [1 => ''];
            $headers[strtolower($name)] = trim($value);
            return strlen($line);
        },
    ]);
    $answer = curl_exec($curl);
    $body = is_string($answer) ? json_decode($answer, true) : null;
    if (!is_array($body)) {
        // Only the code: messages may contain sent or received data.
        error_log('connect-verifier: no usable answer: curl error ' . curl_errno($curl));
        return [0, [], []];
    }
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $headers, $body];
}

function connect(): void
{
    $credential = ['suggest_region' => ($_POST['suggest_region'] ?? '') === 'true'];
    foreach (['account_id', 'passcode', 'region'] as $name) {
        $credential[$name] = $_POST[$name] ?? '';
    }
    [$status, $headers, $body] = verify($credential);
    $isVerdict = $status === 200 && is_bool($body['verified'] ?? null);
    $isEntry = $status === 422 && ($body['code'] ?? '') === 'invalid_request';
    $outcome = $isVerdict ? $body['status'] : $body['code'] ?? 'unreachable';
    // If $body['verified'], store $body['account_id'], $body['region']['id'] and the passcode, encrypted: see "What to
    // store" in docs/INTEGRATION.md.
    $guidance = $body['guidance'] ?? []; // without an answer, the form shows its own text
    if (in_array($guidance['owner'] ?? '', ['partner', 'operator'], true)) {
        error_log("connect-verifier: $outcome is for our {$guidance['owner']}, request {$body['request_id']}");
    }
    $details = array_column($body['errors'] ?? [], 'detail', 'pointer');
    $fields = [];
    foreach ($guidance['fields'] ?? [] as $name) {
        $fields[$name] = $details["#/$name"] ?? $guidance['title'];
    }
    foreach (['Retry-After', 'Content-Language', 'X-Request-Id'] as $name) {
        if (isset($headers[strtolower($name)])) {
            header("$name: {$headers[strtolower($name)]}");
        }
    }
    header('Cache-Control: no-store');
    header('Content-Type: application/json');
    http_response_code($isVerdict ? 200 : ($isEntry ? 422 : 503));
    echo json_encode([
        'status' => $outcome, 'verified' => $isVerdict && $body['verified'], 'try_again' => !$isVerdict && !$isEntry,
        'title' => $guidance['title'] ?? null, 'message' => $guidance['message'] ?? null,
        'action' => $guidance['action'] ?? null, 'fields' => (object) $fields,
        'suggested_region' => $body['suggested_region'] ?? null,
    ]);
}

match ($_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    'POST /connect' => connect(),
    default => readfile(__DIR__ . '/../form.html'),
};
