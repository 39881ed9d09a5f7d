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

/** One transaction: its IDs, and the checks of every answer (RFC 9483, 3.5). */
final class Transaction {
    private static final int PATIENCE = 60;     // polls

    final byte[] transactionID;
    private final Pki pki;
    private final Carrier carrier;
    private final Credential credential;
    private final int pvno;
    private final boolean bare;
    int answered;               // the pvno of the answers
    private byte[] firstNonce;
    private byte[] ourNonce;
    private byte[] theirNonce;
    private boolean polled;
    boolean waited;
    String reason;              // of the last pollRep

    Transaction(Pki pki, Carrier carrier, Credential credential, int pvno) {
        this(pki, carrier, credential, pvno, false);
    }

    /** Bare: with as little in its headers as RFC 2510 lets clients get along with. */
    Transaction(Pki pki, Carrier carrier, Credential credential, int pvno, boolean bare) {
        this.transactionID = Pki.random(bare ? 4 : 16);
        this.bare = bare;
        this.answered = pvno;
        this.pki = pki;
        this.carrier = carrier;
        this.credential = credential;
        this.pvno = pvno;
    }

    /** The next message of the transaction, protected. */
    ProtectedPKIMessage make(PKIBody body, InfoTypeAndValue... generalInfo) throws Exception {
        byte[] nonce = Pki.random(bare ? 0 : 16);
        ProtectedPKIMessageBuilder builder = new ProtectedPKIMessageBuilder(pvno, credential.sender(),
            new GeneralName(pki.anchor.getSubject()));

        builder.setTransactionID(transactionID).setBody(body);
        if (!bare) {
            builder.setSenderNonce(nonce).setMessageTime(new Date());
        }
        if (theirNonce != null && !bare) {
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

        Pki.must(header.getPvno().hasValue(answered), "pvno is " + header.getPvno());
        Pki.must(Arrays.equals(octets(header.getTransactionID()), transactionID), "another transactionID");
        Pki.must(Arrays.equals(recipNonce, ourNonce) || (polled && Arrays.equals(recipNonce, firstNonce)),
            "recipNonce is not our senderNonce");
        Pki.must(octets(header.getSenderNonce()).length >= 16, "senderNonce is too short");
        Pki.must(header.getRecipient().equals(credential.sender()), "recipient is not our sender");
        Pki.must(Math.abs(header.getMessageTime().getDate().getTime() - System.currentTimeMillis()) < 300_000,
            "messageTime is far off");
    }

    /** Checks what came back to the last message made: header, then protection. */
    PKIBody accept(ProtectedPKIMessage answer) throws Exception {
        checkHeader(answer.getHeader());
        credential.verify(answer, pki);
        theirNonce = answer.getHeader().getSenderNonce().getOctets();
        Pki.must(pvno != PKIHeader.CMP_1999 || answer.getHeader().getGeneralInfo() == null,
            "generalInfo that a client of RFC 2510 cannot know");
        return answer.getBody();
    }

    PKIBody accept(PKIMessage answer) throws Exception {
        GeneralPKIMessage message = new GeneralPKIMessage(answer);
        Pki.must(message.hasProtection(), "the answer is not protected");
        return accept(new ProtectedPKIMessage(message));
    }

    /** Sends whatever is given and accepts the answer as that to our last message. */
    PKIBody exchange(ProtectedPKIMessage message) throws Exception {
        byte[] answer = carrier.carry(message.toASN1Structure().getEncoded("DER"));
        return accept(PKIMessage.getInstance(answer));
    }

    /** Sends what nobody answers: conf of RFC 2510; returns it, to be sent again. */
    byte[] tell(PKIBody body) throws Exception {
        byte[] message = make(body).toASN1Structure().getEncoded("DER");
        tell(message);
        return message;
    }

    void tell(byte[] message) throws Exception {
        Pki.must(carrier.carry(message).length == 0, "there is an answer where none belongs");
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
            reason = rep.getReason(0) == null ? null : rep.getReason(0).getStringAtUTF8(0).getString();
            int seconds = rep.getCheckAfter(0).intValueExact();
            Pki.must(seconds > 0 && seconds <= 60, "checkAfter is " + seconds);
            Thread.sleep(Math.min(seconds, 1) * 1000L);
        }
        throw new IllegalStateException("still waiting after " + PATIENCE + " polls");
    }
}
