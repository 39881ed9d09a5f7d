import java.io.IOException;
import java.net.URI;
import java.security.KeyPair;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIHeader;

/**
 * A client whose certConf is told to wait, and which the server may leave alone at any time.
 *
 *   Confirm ANCHOR.pem REFERENCE SECRET URL    http, tcp (version 10), tcp+rfc2510; a line for each thing that holds
 */
final class Confirm {
    private static final int PATIENCE = 60;     // tries, a second apart

    private final Pki pki;
    private final Client client;
    private final SharedSecret secret;
    private final URI url;

    private Confirm(String[] args) throws Exception {
        pki = new Pki(args[0]);
        client = new Client(pki, null);
        secret = new SharedSecret(args[1], args[2], false);
        url = URI.create(args[3]);
    }

    /** The same bytes again until there is an answer. */
    private static Carrier patient(Carrier carrier) {
        return message -> {
            for (int i = 0; ; i++) {
                try {
                    return carrier.carry(message);
                } catch (IOException e) {
                    Pki.must(i < PATIENCE, "no answer: " + e.getMessage());
                    Thread.sleep(1000);
                }
            }
        };
    }

    private Identity enrol(Credential by, PKIBody request, int answer, KeyPair keys) throws Exception {
        boolean http = url.getScheme().equals("http");
        Framed framed = http ? null : new Framed(url.getHost(), url.getPort(), url.getScheme().equals("tcp+rfc2510"));
        Carrier carrier = http ? new Http(url.toString()) : framed;
        Transaction t = new Transaction(pki, patient(carrier), by, PKIHeader.CMP_2000);
        Identity who = client.enrol(t, request, answer, keys, false);

        Pki.must(http ? t.waited : framed.waited, "nobody was told to wait");
        Pki.must(!http || "the certificate is being confirmed".equals(t.reason), "the reason is " + t.reason);
        System.out.println("holds: body " + request.getType() + ", certConf, " +
            (http ? "error waiting, pollReq, pollRep with a reason, pkiconf" : "told to come back, pkiconf") +
            " by " + url.getScheme());
        return who;
    }

    private void run() throws Exception {
        KeyPair keys = Pki.newKeys("EC");
        Identity first = enrol(secret, Client.certify(PKIBody.TYPE_INIT_REQ, keys, "CN=told"), PKIBody.TYPE_INIT_REP, keys);
        keys = Pki.newKeys("EC");
        enrol(first, Client.p10cr(keys, "CN=told"), PKIBody.TYPE_CERT_REP, keys);
        keys = Pki.newKeys("EC");
        enrol(first, Client.kur(keys, first.certificate), PKIBody.TYPE_KEY_UPDATE_REP, keys);
    }

    public static void main(String[] args) throws Exception {
        try {
            new Confirm(args).run();
        } catch (IllegalStateException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }
}
