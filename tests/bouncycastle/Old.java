import java.net.URI;
import java.security.KeyPair;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIConfirmContent;
import org.bouncycastle.asn1.cmp.PKIHeader;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * A client of RFC 2510: pvno 1, and ir, ip, conf, which is not answered.  It knows no polling but that of TCP.
 *
 *   Old ANCHOR.pem REFERENCE SECRET {served|slow|refused URL}…    http, tcp (version 10), tcp+rfc2510; a line for each
 */
final class Old {
    private static final int UNSUPPORTED_VERSION = 22;

    private final Pki pki;
    private final SharedSecret secret;

    private Old(String[] args) throws Exception {
        pki = new Pki(args[0]);
        secret = new SharedSecret(args[1], args[2], false);
    }

    private static Carrier carrier(URI url) {
        return url.getScheme().equals("http") ? new Http(url.toString())
            : new Framed(url.getHost(), url.getPort(), url.getScheme().equals("tcp+rfc2510"));
    }

    private Transaction open(Carrier carrier, Credential credential, boolean bare) {
        return new Transaction(pki, carrier, credential, PKIHeader.CMP_1999, bare);
    }

    /** As a client that did not hear whether its conf was taken, it says so twice. */
    private static Identity enrol(Client client, Transaction t, PKIBody request, int answer, KeyPair keys,
                                  boolean implicit) throws Exception {
        PKIBody body = implicit ? t.send(request, Transaction.implicitConfirm()) : t.send(request);
        X509CertificateHolder certificate = client.certificate(body, answer, 0, keys);
        byte[] conf = t.tell(new PKIBody(PKIBody.TYPE_CONFIRM, new PKIConfirmContent()));
        t.tell(conf);
        return new Identity(keys, certificate);
    }

    private Identity ir(Carrier carrier, boolean bare, boolean implicit, String subject) throws Exception {
        KeyPair keys = Pki.newKeys("EC");
        return enrol(new Client(pki, null), open(carrier, secret, bare), Client.certify(PKIBody.TYPE_INIT_REQ, keys,
            subject), PKIBody.TYPE_INIT_REP, keys, implicit);
    }

    private void served(Carrier carrier) throws Exception {
        Identity first = ir(carrier, false, false, "CN=old");
        KeyPair keys = Pki.newKeys("EC");
        enrol(new Client(pki, null), open(carrier, first, false), Client.kur(keys, first.certificate),
            PKIBody.TYPE_KEY_UPDATE_REP, keys, false);
        ir(carrier, true, false, "CN=bare");
        ir(carrier, false, true, "CN=asks for implicitConfirm");
    }

    private void slow(Carrier carrier) throws Exception {
        ir(carrier, false, false, "CN=old and patient");
        Pki.must(((Framed) carrier).waited, "nobody was told to wait");
    }

    private void refused(Carrier carrier) throws Exception {
        KeyPair keys = Pki.newKeys("EC");
        Transaction t = open(carrier, secret, false);
        t.answered = PKIHeader.CMP_2000;
        Client.refused(t.send(Client.certify(PKIBody.TYPE_INIT_REQ, keys, "CN=too old")), UNSUPPORTED_VERSION);
    }

    private void run(String how, String url) throws Exception {
        Carrier carrier = carrier(URI.create(url));

        switch (how) {
        case "served": served(carrier); break;
        case "slow": slow(carrier); break;
        case "refused": refused(carrier); break;
        default: throw new IllegalArgumentException(how);
        }
        System.out.println("holds: " + how + " " + url);
    }

    public static void main(String[] args) throws Exception {
        if (args.length < 5 || args.length % 2 == 0) {
            System.err.println("usage: Old ANCHOR.pem REFERENCE SECRET {served|slow|refused URL}...");
            System.exit(2);
        }
        try {
            Old client = new Old(args);
            for (int i = 3; i < args.length; i += 2) {
                client.run(args[i], args[i + 1]);
            }
        } catch (IllegalStateException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }
}
