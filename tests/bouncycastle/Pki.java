import java.io.FileReader;
import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cmp.PBMParameter;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.MacCalculator;
import org.bouncycastle.operator.PBEMacCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

/** The anchor, and the cryptography that clients need. */
final class Pki {
    static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();
    static final AlgorithmIdentifier SHA256 = new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256);
    static final AlgorithmIdentifier HMAC_SHA256 =
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
    private static final SecureRandom RANDOM = new SecureRandom();

    final X509CertificateHolder anchor;

    Pki(String anchorFile) throws IOException {
        try (PEMParser parser = new PEMParser(new FileReader(anchorFile))) {
            anchor = (X509CertificateHolder) parser.readObject();
        }
    }

    static void must(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(what);
        }
    }

    static byte[] random(int octets) {
        byte[] out = new byte[octets];
        RANDOM.nextBytes(out);
        return out;
    }

    static KeyPair newKeys(String type) throws Exception {
        if (type.equals("RSA")) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", PROVIDER);
            generator.initialize(2048);
            return generator.generateKeyPair();
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", PROVIDER);
        generator.initialize(new ECGenParameterSpec("P-256"));
        return generator.generateKeyPair();
    }

    static SubjectPublicKeyInfo spki(KeyPair keys) {
        return SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded());
    }

    static ContentSigner signer(PrivateKey key) throws Exception {
        String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        return new JcaContentSignerBuilder(algorithm).setProvider(PROVIDER).build(key);
    }

    static PBMParameter pbmParameters() {
        return new PBMParameter(random(16), SHA256, 1000, HMAC_SHA256);
    }

    private static ContentVerifierProvider verifier(SubjectPublicKeyInfo key) throws Exception {
        return new JcaContentVerifierProviderBuilder().setProvider(PROVIDER).build(key);
    }

    /** Issued by the anchor, and in force. */
    void verifyCertificate(X509CertificateHolder certificate) throws Exception {
        must(certificate.getIssuer().equals(anchor.getSubject()), "the certificate has another issuer");
        must(certificate.isSignatureValid(verifier(anchor.getSubjectPublicKeyInfo())), "its signature is wrong");
        must(certificate.isValidOn(new Date()), "the certificate is not valid now");
    }

    /** RFC 9483, 3.3 and 3.5: the first of extraCerts signed it, is its sender, may sign, and is under the anchor. */
    void verifySignature(ProtectedPKIMessage answer) throws Exception {
        X509CertificateHolder[] extra = answer.getCertificates();
        must(extra.length > 0, "a signed answer without extraCerts");
        X509CertificateHolder signer = extra[0];
        must(answer.verify(verifier(signer.getSubjectPublicKeyInfo())), "the signature of the answer is wrong");
        verifyCertificate(signer);
        must(answer.getHeader().getSender().getName().equals(signer.getSubject()), "sender is not the signer's subject");
        must(KeyUsage.fromExtensions(signer.getExtensions()).hasUsages(KeyUsage.digitalSignature),
            "the signer's certificate is not for signatures");
        byte[] identifier = SubjectKeyIdentifier.fromExtensions(signer.getExtensions()).getKeyIdentifier();
        must(Arrays.equals(identifier, answer.getHeader().getSenderKID().getOctets()), "senderKID is not the signer's");
    }

    /** Not by ProtectedPKIMessage.verify(), which knows PasswordBasedMac only. */
    boolean macHolds(ProtectedPKIMessage answer, PBEMacCalculatorProvider provider, char[] secret) throws Exception {
        MacCalculator mac = provider.get(answer.getHeader().getProtectionAlg(), secret);
        DERSequence part = new DERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {
            answer.getHeader(), answer.getBody() });
        mac.getOutputStream().write(part.getEncoded(ASN1Encoding.DER));
        return Arrays.equals(mac.getMac(), answer.toASN1Structure().getProtection().getBytes());
    }
}
