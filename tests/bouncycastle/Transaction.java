import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.asn1.cmp.ErrorMsgContent;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIHeader;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.asn1.cmp.PollRepContent;
import org.bouncycastle.asn1.cmp.PollReqContent;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.cmp.GeneralPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;

/** One transaction over HTTP: its IDs, and the checks of every answer (RFC 9483, 3.5). */
final class Transaction {
    private static final int PATIENCE = 60;     // polls

    final byte[] transactionID = Pki.random(16);
    private final Pki pki;
    private final String url;
    private final Credential credential;
    private final int pvno;
    private byte[] firstNonce;
    private byte[] ourNonce;
    private byte[] theirNonce;
    private boolean polled;
    boolean waited;

    Transaction(Pki pki, String url, Credential credential, int pvno) {
        this.pki = pki;
        this.url = url;
        this.credential = credential;
        this.pvno = pvno;
    }

    /** The next message of the transaction, protected. */
    ProtectedPKIMessage make(PKIBody body, InfoTypeAndValue... generalInfo) throws Exception {
        byte[] nonce = Pki.random(16);
        ProtectedPKIMessageBuilder builder = new ProtectedPKIMessageBuilder(pvno, credential.sender(),
            new GeneralName(pki.anchor.getSubject()));

        builder.setTransactionID(transactionID).setSenderNonce(nonce).setMessageTime(new Date()).setBody(body);
        if (theirNonce != null) {
            builder.setRecipNonce(theirNonce);
        }
        for (InfoTypeAndValue info : generalInfo) {
            builder.addGeneralInfo(info);
        }
        ourNonce = nonce;
        firstNonce = firstNonce == null ? nonce : firstNonce;
        return credential.protect(builder);
    }

    private static byte[] octets(ASN1OctetString string) {
        return string == null ? new byte[0] : string.getOctets();
    }

    private void checkHeader(PKIHeader header) throws Exception {
        byte[] recipNonce = octets(header.getRecipNonce());

        Pki.must(header.getPvno().hasValue(pvno), "pvno is " + header.getPvno());
        Pki.must(Arrays.equals(octets(header.getTransactionID()), transactionID), "another transactionID");
        Pki.must(Arrays.equals(recipNonce, ourNonce) || (polled && Arrays.equals(recipNonce, firstNonce)),
            "recipNonce is not our senderNonce");
        Pki.must(octets(header.getSenderNonce()).length >= 16, "senderNonce is too short");
        Pki.must(header.getRecipient().equals(credential.sender()), "recipient is not our sender");
        Pki.must(Math.abs(header.getMessageTime().getDate().getTime() - System.currentTimeMillis()) < 300_000,
            "messageTime is far off");
    }

    private static byte[] post(String url, byte[] message) throws IOException {
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

    /** Checks what came back to the last message made: header, then protection. */
    PKIBody accept(ProtectedPKIMessage answer) throws Exception {
        checkHeader(answer.getHeader());
        credential.verify(answer, pki);
        theirNonce = answer.getHeader().getSenderNonce().getOctets();
        return answer.getBody();
    }

    PKIBody accept(PKIMessage answer) throws Exception {
        GeneralPKIMessage message = new GeneralPKIMessage(answer);
        Pki.must(message.hasProtection(), "the answer is not protected");
        return accept(new ProtectedPKIMessage(message));
    }

    /** Sends whatever is given and accepts the answer as that to our last message. */
    PKIBody exchange(ProtectedPKIMessage message) throws Exception {
        byte[] answer = post(url, message.toASN1Structure().getEncoded("DER"));
        return accept(PKIMessage.getInstance(answer));
    }

    PKIBody send(PKIBody body, InfoTypeAndValue... generalInfo) throws Exception {
        return exchange(make(body, generalInfo));
    }

    static InfoTypeAndValue implicitConfirm() {
        return new InfoTypeAndValue(CMPObjectIdentifiers.it_implicitConfirm, org.bouncycastle.asn1.DERNull.INSTANCE);
    }

    static boolean isWaiting(PKIBody body) {
        if (body.getType() != PKIBody.TYPE_ERROR) {
            return false;
        }
        ErrorMsgContent error = ErrorMsgContent.getInstance(body.getContent());
        return error.getPKIStatusInfo().getStatus().intValue() == PKIStatus.WAITING;
    }

    /** Polls until there is something else than pollRep. */
    PKIBody poll(long certReqId) throws Exception {
        waited = true;
        polled = true;
        for (int i = 0; i < PATIENCE; i++) {
            PKIBody body = send(new PKIBody(PKIBody.TYPE_POLL_REQ,
                new PollReqContent(java.math.BigInteger.valueOf(certReqId))));
            if (body.getType() != PKIBody.TYPE_POLL_REP) {
                return body;
            }
            PollRepContent rep = PollRepContent.getInstance(body.getContent());
            Pki.must(rep.size() == 1, "pollRep has " + rep.size() + " entries");
            Pki.must(rep.getCertReqId(0).hasValue((int) certReqId), "pollRep is about another certReqId");
            int seconds = rep.getCheckAfter(0).intValueExact();
            Pki.must(seconds > 0 && seconds <= 60, "checkAfter is " + seconds);
            Thread.sleep(Math.min(seconds, 1) * 1000L);
        }
        throw new IllegalStateException("still waiting after " + PATIENCE + " polls");
    }
}
