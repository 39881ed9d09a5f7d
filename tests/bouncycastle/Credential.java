import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;

/** What a client protects its messages with, and how it tells that an answer is for it. */
interface Credential {
    GeneralName sender();

    ProtectedPKIMessage protect(ProtectedPKIMessageBuilder message) throws Exception;

    /** Throws when the answer is not protected as RFC 9483, 3.2 and 3.5, want it in answer to this credential. */
    void verify(ProtectedPKIMessage answer, Pki pki) throws Exception;
}
