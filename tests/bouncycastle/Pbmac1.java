import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.operator.GenericKey;
import org.bouncycastle.operator.MacCalculator;

/** PBMAC1 (RFC 8018, RFC 9481).  Bouncy Castle 1.72 has one, which names PBES2 where PBKDF2 belongs. */
final class Pbmac1 implements MacCalculator {
    private final AlgorithmIdentifier algorithm;
    private final char[] secret;
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    Pbmac1(AlgorithmIdentifier algorithm, char[] secret) {
        this.algorithm = algorithm;
        this.secret = secret.clone();
    }

    static AlgorithmIdentifier parameters() {
        PBKDF2Params derivation = new PBKDF2Params(Pki.random(16), 1000, 32, Pki.HMAC_SHA256);
        return new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBMAC1, new PBMAC1Params(
            new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBKDF2, derivation), Pki.HMAC_SHA256));
    }

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
        return algorithm;
    }

    @Override
    public OutputStream getOutputStream() {
        return data;
    }

    @Override
    public byte[] getMac() {
        try {
            PBKDF2Params p = PBKDF2Params.getInstance(
                PBMAC1Params.getInstance(algorithm.getParameters()).getKeyDerivationFunc().getParameters());
            byte[] key = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(new PBEKeySpec(secret,
                p.getSalt(), p.getIterationCount().intValueExact(), p.getKeyLength().intValueExact() * 8)).getEncoded();
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(data.toByteArray());
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public GenericKey getKey() {
        throw new UnsupportedOperationException();
    }
}
