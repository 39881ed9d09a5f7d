import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.ByteBuffer;

/** CMP over TCP, each message on a connection of its own, in one of the framings: RFC 2510, 5.2, or version 10. */
final class Framed implements Carrier {
    private static final int REQUEST = 0, POLL_REP = 1, POLL_REQ = 2, NOTHING = 3, RESPONSE = 5;
    private static final int PATIENCE = 60;     // polls, and seconds until there is somebody to connect to

    private final String host;
    private final int port;
    private final boolean rfc2510;
    boolean waited;

    /** A message as it is on the wire: its type and its value. */
    private static final class Frame {
        final int type;
        final byte[] value;

        Frame(int type, byte[] value) {
            this.type = type;
            this.value = value;
        }
    }

    Framed(String host, int port, boolean rfc2510) {
        this.host = host;
        this.port = port;
        this.rfc2510 = rfc2510;
    }

    private byte[] head(int type) {
        return rfc2510 ? new byte[] { (byte) type } : new byte[] { 10, 0, (byte) type };
    }

    /** Whoever is told to come back does so, whether or not the server is there at the time. */
    private Socket connect() throws Exception {
        for (int i = 0; ; i++) {
            try {
                return new Socket(host, port);
            } catch (ConnectException e) {
                Pki.must(i < PATIENCE, "nobody listens: " + e.getMessage());
                Thread.sleep(1000);
            }
        }
    }

    private Frame read(DataInputStream in) throws IOException {
        byte[] rest = new byte[in.readInt()];
        int skip = rfc2510 ? 0 : 2;

        in.readFully(rest);
        Pki.must(rfc2510 || rest[0] == 10, "version " + rest[0] + " of the framing");
        byte[] value = new byte[rest.length - skip - 1];
        System.arraycopy(rest, skip + 1, value, 0, value.length);
        return new Frame(rest[skip], value);
    }

    private Frame exchange(int type, byte[] value) throws Exception {
        byte[] head = head(type);

        try (Socket socket = connect()) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(ByteBuffer.allocate(4 + head.length + value.length)
                .putInt(head.length + value.length).put(head).put(value).array());
            return read(new DataInputStream(socket.getInputStream()));
        }
    }

    /** time-to-check-back: since 1970 in RFC 2510; here also from now in version 10. */
    private void sleep(int when) throws InterruptedException {
        long now = System.currentTimeMillis(), millis = rfc2510 ? (when & 0xFFFFFFFFL) * 1000 - now : when * 1000L;

        Pki.must(millis > -5_000 && millis < 3_600_000, "time-to-check-back is " + when);
        Thread.sleep(Math.max(millis, 100));
    }

    /** Polls by the reference as often as told to. */
    private Frame poll(Frame told) throws Exception {
        Frame answer = told;

        waited = true;
        for (int i = 0; answer.type == POLL_REP && i < PATIENCE; i++) {
            ByteBuffer value = ByteBuffer.wrap(answer.value);
            int reference = value.getInt();
            System.out.println("told to come back");
            sleep(value.getInt());
            answer = exchange(POLL_REQ, ByteBuffer.allocate(4).putInt(reference).array());
        }
        return answer;
    }

    @Override
    public byte[] carry(byte[] message) throws Exception {
        Frame answer = exchange(REQUEST, message);

        if (answer.type == POLL_REP) {
            answer = poll(answer);
        }
        if (answer.type == NOTHING) {       // negPollRep, with an octet, and finRep: TCP's own name for one value
            Pki.must(answer.value.length == 1 && answer.value[0] == 0, "the value of negPollRep or finRep");
            return new byte[0];
        }
        Pki.must(answer.type == RESPONSE, "type " + answer.type);
        return answer.value;
    }
}
