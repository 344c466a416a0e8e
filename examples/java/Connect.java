// Java 17 with Jackson: POST /connect checks a customer's CleverTap credentials. Server.java serves it.
// Put the route behind your login: each call counts against your rate.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class Connect {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final URI SERVICE = URI.create(System.getenv("CONNECT_VERIFIER_URL") + "/v1/verify");
    private static final String KEY = System.getenv("CONNECT_VERIFIER_KEY");
    // It does not follow redirects, which would send the passcode to another host.
    private static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    record Answer(int status, Map<String, List<String>> headers, JsonNode body) {}

    record Reply(int status, Map<String, String> headers, String json) {}

    private static Answer verify(JsonNode credential, String language, String requestId) throws InterruptedException {
        try {
            var request = HttpRequest.newBuilder(SERVICE)
                .timeout(Duration.ofSeconds(12)) // the service answers within 10 s
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json")
                .header("Accept-Language", language)
                .header("X-Request-Id", requestId) // the service generates one if it is empty
                .POST(BodyPublishers.ofString(credential.toString()));
            var answer = CLIENT.send(request.build(), BodyHandlers.ofString());
            return new Answer(answer.statusCode(), answer.headers().map(), JSON.readTree(answer.body()));
        } catch (IOException | IllegalArgumentException error) {
            // Only the class: messages may contain sent or received data.
            System.err.println("connect-verifier: no usable answer: " + error.getClass().getSimpleName());
            return new Answer(0, Map.of(), JSON.createObjectNode());
        }
    }

    static Reply connect(Map<String, String> form, String language, String requestId) throws InterruptedException {
        var credential = JSON.createObjectNode().put("suggest_region", "true".equals(form.get("suggest_region")));
        for (var name : List.of("account_id", "passcode", "region")) credential.put(name, form.getOrDefault(name, ""));
        var answer = verify(credential, language, requestId);
        var body = answer.body();
        boolean isVerdict = answer.status() == 200 && body.path("verified").isBoolean();
        boolean isEntry = answer.status() == 422 && body.path("code").asText().equals("invalid_request");
        // If it is verified, store the answer's account_id, region.id and the passcode, encrypted: see "What to store"
        // in docs/INTEGRATION.md.
        var guidance = body.path("guidance"); // without an answer, the form shows its own text
        var owner = guidance.path("owner").asText();
        var reply = JSON.createObjectNode();
        reply.put("status", isVerdict ? body.path("status").asText() : body.path("code").asText("unreachable"));
        reply.put("verified", isVerdict && body.path("verified").asBoolean());
        reply.put("try_again", !isVerdict && !isEntry);
        for (var name : List.of("title", "message", "action")) reply.set(name, guidance.get(name));
        reply.set("suggested_region", body.get("suggested_region"));
        var fields = reply.putObject("fields");
        for (var name : guidance.path("fields")) fields.set(name.asText(), guidance.get("title"));
        for (var error : body.path("errors")) {
            fields.set(error.path("pointer").asText().replace("#/", ""), error.get("detail"));
        }
        if (owner.equals("partner") || owner.equals("operator")) {
            var message = "connect-verifier: %s is for our %s, request %s%n";
            System.err.printf(message, reply.get("status"), owner, body.get("request_id"));
        }
        var headers = new TreeMap<>(Map.of("Cache-Control", "no-store", "Content-Type", "application/json"));
        for (var name : List.of("retry-after", "content-language", "x-request-id")) {
            answer.headers().getOrDefault(name, List.of()).forEach(value -> headers.put(name, value));
        }
        return new Reply(isVerdict ? 200 : isEntry ? 422 : 503, headers, reply.toString());
    }
}
