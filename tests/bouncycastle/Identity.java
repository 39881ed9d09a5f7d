import java.security.KeyPair;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;

/** A certificate and its key. */
final class Identity implements Credential {
    final KeyPair keys;
    final X509CertificateHolder certificate;

    Identity(KeyPair keys, X509CertificateHolder certificate) {
        this.keys = keys;
        this.certificate = certificate;
    }

    @Override
    public GeneralName sender() {
        return new GeneralName(certificate.getSubject());
    }

    @Override
    public ProtectedPKIMessage protect(ProtectedPKIMessageBuilder message) throws Exception {
        SubjectKeyIdentifier identifier = SubjectKeyIdentifier.fromExtensions(certificate.getExtensions());

        if (identifier != null) {
            message.setSenderKID(identifier.getKeyIdentifier());
        }
        return message.addCMPCertificate(certificate).build(Pki.signer(keys.getPrivate()));
    }

    @Override
    public void verify(ProtectedPKIMessage answer, Pki pki) throws Exception {
        pki.verifySignature(answer);
    }
}
