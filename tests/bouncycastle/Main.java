import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIMessages;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;

/**
 * An independent client, on Bouncy Castle, that runs every operation and verifies every answer.
 *
 *   Main URL ANCHOR.pem REFERENCE SECRET    URL with profiles "ra" (id-kp-cmcRA), "slow" (makes clients wait) and
 *                                           "manual" (rr waits for an approval); a line for each thing that holds
 */
final class Main {
    private static final int IR = PKIBody.TYPE_INIT_REQ, IP = PKIBody.TYPE_INIT_REP;
    private static final int CR = PKIBody.TYPE_CERT_REQ, CP = PKIBody.TYPE_CERT_REP;
    private static final int KUP = PKIBody.TYPE_KEY_UPDATE_REP;
    private static final int BAD_POP = 9, NOT_AUTHORIZED = 23, CERT_REVOKED = 10, BAD_MESSAGE_CHECK = 1;

    private final Pki pki;
    private final Client client;
    private final SharedSecret secret, pbmac1, wrong;

    private Main(String[] args) throws Exception {
        pki = new Pki(args[1]);
        client = new Client(pki, args[0]);
        secret = new SharedSecret(args[2], args[3], false);
        pbmac1 = new SharedSecret(args[2], args[3], true);
        wrong = new SharedSecret(args[2], args[3] + " not", false);
    }

    private static void say(String what) {
        System.out.println("holds: " + what);
    }

    private Identity ir(Credential by, String profile, String type, String subject, boolean implicit) throws Exception {
        KeyPair keys = Pki.newKeys(type);
        return client.enrol(client.open(by, profile), Client.certify(IR, keys, subject), IP, keys, implicit);
    }

    private Identity enrolments() throws Exception {
        Identity first = ir(secret, null, "EC", "CN=bc 1", false);
        say("ir, ip, certConf, pkiconf under PasswordBasedMac");
        ir(pbmac1, null, "RSA", "CN=bc 2", true);
        say("ir, ip under PBMAC1, confirmed implicitly, an RSA key");
        KeyPair keys = Pki.newKeys("EC");
        client.enrol(client.open(first, null), Client.certify(CR, keys, "CN=bc 1"), CP, keys, false);
        say("cr, cp, certConf, pkiconf by signature");
        keys = Pki.newKeys("RSA");
        client.enrol(client.open(first, null), Client.p10cr(keys, "CN=bc 1"), CP, keys, false);
        say("p10cr, cp, certConf, pkiconf by signature");
        keys = Pki.newKeys("EC");
        Identity next = client.enrol(client.open(first, null), Client.kur(keys, first.certificate), KUP, keys, false);
        say("kur, kup, certConf, pkiconf");
        return next;
    }

    private void revocations(Identity who) throws Exception {
        client.revoke(client.open(who, null), who.certificate, CRLReason.keyCompromise);
        say("rr, rp");
        Client.refused(client.open(who, null).send(Client.rr(who.certificate, CRLReason.superseded)), CERT_REVOKED);
        say("a second rr is certRevoked");
    }

    private void refusals() throws Exception {
        KeyPair keys = Pki.newKeys("EC"), other = Pki.newKeys("EC");
        PKIBody bad = Client.body(IR, Client.request(keys, new X500Name("CN=bc")).setProofOfPossessionSigningKeySigner(
            Pki.signer(other.getPrivate())));
        Client.refused(client.open(secret, null).send(bad), BAD_POP);
        say("a proof of possession by another key is badPOP");
        PKIBody ra = Client.body(IR, Client.request(keys, new X500Name("CN=bc")).setProofOfPossessionRaVerified());
        Client.refused(client.open(secret, null).send(ra), NOT_AUTHORIZED);
        say("raVerified by who is no RA is notAuthorized");
        Transaction t = client.open(new Signed(wrong), null);
        Client.refused(t.send(Client.certify(IR, keys, "CN=bc")), BAD_MESSAGE_CHECK);
        say("a wrong MAC is badMessageCheck, and signed");
    }

    /** Protects with a secret that is wrong, and so expects answers that are signed. */
    private static final class Signed implements Credential {
        private final Credential under;

        Signed(Credential under) {
            this.under = under;
        }

        @Override
        public GeneralName sender() {
            return under.sender();
        }

        @Override
        public ProtectedPKIMessage protect(ProtectedPKIMessageBuilder message) throws Exception {
            return under.protect(message);
        }

        @Override
        public void verify(ProtectedPKIMessage answer, Pki anchor) throws Exception {
            anchor.verifySignature(answer);
        }
    }

    private void questions(Identity who) throws Exception {
        ASN1Sequence certificates = ASN1Sequence.getInstance(
            client.ask(client.open(who, null), "1.3.6.1.5.5.7.4.17").getInfoValue());
        boolean found = false;
        for (int i = 0; i < certificates.size(); i++) {
            found |= new X509CertificateHolder(Certificate.getInstance(certificates.getObjectAt(i))).equals(pki.anchor);
        }
        Pki.must(certificates.size() > 0, "caCerts is empty");
        say("genm caCerts, genp" + (found ? " with our anchor" : ""));
        client.ask(client.open(secret, null), "1.3.6.1.5.5.7.4.17");
        say("genm under a MAC");
    }

    private void waiting(Identity manual) throws Exception {
        KeyPair keys = Pki.newKeys("EC");
        Transaction t = client.open(secret, "slow");
        client.enrol(t, Client.certify(IR, keys, "CN=bc slow"), IP, keys, false);
        Pki.must(t.waited, "nobody was told to wait");
        say("ir, ip waiting, pollReq, pollRep, ip, certConf, pkiconf");
        t = client.open(manual, "manual");
        client.revoke(t, manual.certificate, CRLReason.cessationOfOperation);
        Pki.must(t.waited, "nobody was told to wait");
        say("rr, error waiting, pollReq, pollRep, rp");
    }

    // ---- an RA in front

    private static ProtectedPKIMessage wrap(Identity ra, Pki pki, byte[] transactionID, byte[] nonce,
                                            PKIMessage... inside) throws Exception {
        return ra.protect(new ProtectedPKIMessageBuilder(ra.sender(), new GeneralName(pki.anchor.getSubject()))
            .setTransactionID(transactionID).setSenderNonce(nonce).setMessageTime(new java.util.Date())
            .setBody(new PKIBody(PKIBody.TYPE_NESTED, new PKIMessages(inside))));
    }

    private void addedProtection(Identity ra) throws Exception {
        KeyPair keys = Pki.newKeys("EC");
        Transaction t = client.open(secret, null);
        PKIMessage inner = t.make(Client.certify(IR, keys, "CN=bc nested")).toASN1Structure();
        PKIBody answer = t.exchange(wrap(ra, pki, t.transactionID,
            inner.getHeader().getSenderNonce().getOctets(), inner));
        client.confirm(t, client.certificate(answer, IP, 0, keys), 0);
        say("an ir with protection added by an RA gets its ip, not nested");
    }

    private void batch(Identity ra) throws Exception {
        List<Transaction> transactions = new ArrayList<>();
        List<KeyPair> keys = new ArrayList<>();
        PKIMessage[] inside = new PKIMessage[3];

        for (int i = 0; i < inside.length; i++) {
            transactions.add(client.open(secret, null));
            keys.add(Pki.newKeys("EC"));
            inside[i] = transactions.get(i).make(Client.certify(IR, keys.get(i), "CN=bc batch " + i)).toASN1Structure();
        }
        Transaction outer = client.open(ra, null);
        PKIBody answer = outer.send(new PKIBody(PKIBody.TYPE_NESTED, new PKIMessages(inside)));
        Pki.must(answer.getType() == PKIBody.TYPE_NESTED, "want nested, have " + Client.text(answer));
        PKIMessage[] answers = PKIMessages.getInstance(answer.getContent()).toPKIMessageArray();
        Pki.must(answers.length == inside.length, "want an answer to each message");
        for (int i = 0; i < inside.length; i++) {
            PKIBody ip = transactions.get(i).accept(answers[i]);
            client.confirm(transactions.get(i), client.certificate(ip, IP, 0, keys.get(i)), 0);
        }
        say("a batch of three gets three answers in one");
    }

    private void byRa(Identity ra) throws Exception {
        KeyPair keys = Pki.newKeys("EC");
        PKIBody request = Client.body(IR, Client.request(keys, new X500Name("CN=bc by RA")).setProofOfPossessionRaVerified());
        client.enrol(client.open(ra, null), request, IP, keys, false);
        say("raVerified by an RA");
    }

    private void run() throws Exception {
        Identity one = enrolments();
        questions(one);
        revocations(one);
        refusals();
        Identity ra = ir(secret, "ra", "EC", "CN=bc RA", false);
        addedProtection(ra);
        batch(ra);
        byRa(ra);
        waiting(ir(secret, "manual", "EC", "CN=bc manual", false));
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 4) {
            System.err.println("usage: Main URL ANCHOR.pem REFERENCE SECRET");
            System.exit(2);
        }
        try {
            new Main(args).run();
        } catch (IllegalStateException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }
}
