import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;
import org.bouncycastle.cert.crmf.PKMACBuilder;
import org.bouncycastle.cert.crmf.jcajce.JcePKMACValuesCalculator;
import org.bouncycastle.operator.MacCalculator;
import org.bouncycastle.operator.PBEMacCalculatorProvider;

/** A reference and a secret: PasswordBasedMac, or PBMAC1. */
final class SharedSecret implements Credential {
    private final String reference;
    private final char[] secret;
    private final boolean pbmac1;

    SharedSecret(String reference, String secret, boolean pbmac1) {
        this.reference = reference;
        this.secret = secret.toCharArray();
        this.pbmac1 = pbmac1;
    }

    @Override
    public GeneralName sender() {
        return new GeneralName(new X500Name("CN=" + reference));
    }

    private static PKMACBuilder pbm() throws Exception {
        JcePKMACValuesCalculator calculator = new JcePKMACValuesCalculator();
        calculator.setup(Pki.SHA256, Pki.HMAC_SHA256);
        return new PKMACBuilder(calculator);
    }

    /** Bouncy Castle's own builder begins with SHA-1: the parameters are ours. */
    private MacCalculator calculator() throws Exception {
        if (pbmac1) {
            return new Pbmac1(Pbmac1.parameters(), secret);
        }
        return pbm().setParameters(Pki.pbmParameters()).build(secret);
    }

    @Override
    public ProtectedPKIMessage protect(ProtectedPKIMessageBuilder message) throws Exception {
        return message.setSenderKID(reference.getBytes(StandardCharsets.UTF_8)).build(calculator());
    }

    private PBEMacCalculatorProvider verifier() {
        return (algorithm, password) -> {
            try {
                if (algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBMAC1)) {
                    return new Pbmac1(algorithm, password);
                }
                return pbm().get(algorithm, password);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
    }

    @Override
    public void verify(ProtectedPKIMessage answer, Pki pki) throws Exception {
        Pki.must(Arrays.equals(answer.getHeader().getSenderKID().getOctets(), reference.getBytes(StandardCharsets.UTF_8)),
            "senderKID of a MAC is not the reference");
        Pki.must(pki.macHolds(answer, verifier(), secret), "the MAC of the answer is wrong");
    }
}
