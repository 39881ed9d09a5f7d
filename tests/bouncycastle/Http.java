import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;

/** A POST for each message (RFC 9811). */
final class Http implements Carrier {
    private final String url;

    Http(String url) {
        this.url = url;
    }

    @Override
    public byte[] carry(byte[] message) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();

        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setConnectTimeout(10_000);
        connection.setReadTimeout(30_000);
        connection.setRequestProperty("Content-Type", "application/pkixcmp");
        connection.getOutputStream().write(message);
        Pki.must(connection.getResponseCode() == 200, "HTTP status " + connection.getResponseCode());
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }
}
