// Serves the form and its route with the JDK's own server:
//   javac -cp "$JACKSON" -d out *.java
//   CONNECT_VERIFIER_URL=… CONNECT_VERIFIER_KEY=… PORT=3000 java -cp "$JACKSON:out" Server
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;

public final class Server {
    public static void main(String[] arguments) throws IOException {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 0);
        server.createContext("/", exchange -> send(exchange, 200, Map.of("Content-Type", "text/html; charset=utf-8"),
            Files.readString(Path.of("../form.html"))));
        server.createContext("/connect", Server::connect);
        server.setExecutor(Executors.newFixedThreadPool(32));
        server.start();
    }

    private static void connect(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            send(exchange, 405, Map.of("Allow", "POST"), "");
            return;
        }
        try {
            var form = form(new String(exchange.getRequestBody().readNBytes(16384), StandardCharsets.UTF_8));
            var reply = Connect.connect(form, header(exchange, "Accept-Language"), header(exchange, "X-Request-Id"));
            send(exchange, reply.status(), reply.headers(), reply.json());
        } catch (IllegalArgumentException | InterruptedException error) {
            send(exchange, 400, Map.of(), "");
        }
    }

    private static String header(HttpExchange exchange, String name) {
        var value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private static Map<String, String> form(String body) {
        var form = new HashMap<String, String>();
        for (var pair : body.split("&")) {
            var parts = pair.split("=", 2);
            var value = parts.length == 2 ? parts[1] : "";
            form.put(parts[0], URLDecoder.decode(value, StandardCharsets.UTF_8));
        }
        return form;
    }

    private static void send(HttpExchange exchange, int status, Map<String, String> headers, String body)
        throws IOException {
        headers.forEach(exchange.getResponseHeaders()::set);
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
