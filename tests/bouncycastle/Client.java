import java.math.BigInteger;
import java.security.KeyPair;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.ErrorMsgContent;
import org.bouncycastle.asn1.cmp.GenMsgContent;
import org.bouncycastle.asn1.cmp.GenRepContent;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIHeader;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.cmp.RevDetails;
import org.bouncycastle.asn1.cmp.RevRepContent;
import org.bouncycastle.asn1.cmp.RevReqContent;
import org.bouncycastle.asn1.crmf.CertId;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.crmf.CertTemplateBuilder;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.CertificateConfirmationContentBuilder;
import org.bouncycastle.cert.crmf.CertificateRequestMessageBuilder;
import org.bouncycastle.cert.crmf.Control;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** The operations of RFC 9483, section 4, as an end entity. */
final class Client {
    private static final ASN1ObjectIdentifier OLD_CERT_ID = new ASN1ObjectIdentifier("1.3.6.1.5.5.7.5.1.5");

    private final Pki pki;
    private final String root;

    Client(Pki pki, String root) {
        this.pki = pki;
        this.root = root;
    }

    Transaction open(Credential credential, String profile) {
        String url = profile == null ? root : root + "/p/" + profile;
        return new Transaction(pki, new Http(url), credential, PKIHeader.CMP_2000);
    }

    // ---- requests

    private static Control oldCertID(X509CertificateHolder old) {
        return new Control() {
            @Override
            public ASN1ObjectIdentifier getType() {
                return OLD_CERT_ID;
            }

            @Override
            public ASN1Encodable getValue() {
                return new CertId(new GeneralName(old.getIssuer()), old.getSerialNumber());
            }
        };
    }

    static CertificateRequestMessageBuilder request(KeyPair keys, X500Name subject) {
        return new CertificateRequestMessageBuilder(BigInteger.ZERO).setSubject(subject).setPublicKey(Pki.spki(keys));
    }

    static PKIBody body(int type, CertificateRequestMessageBuilder request) throws Exception {
        return new PKIBody(type, new CertReqMessages(request.build().toASN1Structure()));
    }

    /** ir and cr. */
    static PKIBody certify(int type, KeyPair keys, String subject) throws Exception {
        return body(type, request(keys, new X500Name(subject)).setProofOfPossessionSigningKeySigner(
            Pki.signer(keys.getPrivate())));
    }

    static PKIBody kur(KeyPair keys, X509CertificateHolder old) throws Exception {
        return body(PKIBody.TYPE_KEY_UPDATE_REQ, request(keys, old.getSubject()).addControl(oldCertID(old))
            .setProofOfPossessionSigningKeySigner(Pki.signer(keys.getPrivate())));
    }

    static PKIBody p10cr(KeyPair keys, String subject) throws Exception {
        return new PKIBody(PKIBody.TYPE_P10_CERT_REQ, new JcaPKCS10CertificationRequestBuilder(new X500Name(subject),
            keys.getPublic()).build(Pki.signer(keys.getPrivate())).toASN1Structure());
    }

    static PKIBody rr(X509CertificateHolder certificate, int reason) throws Exception {
        ExtensionsGenerator details = new ExtensionsGenerator();
        details.addExtension(Extension.reasonCode, false, CRLReason.lookup(reason));
        return new PKIBody(PKIBody.TYPE_REVOCATION_REQ, new RevReqContent(new RevDetails(new CertTemplateBuilder()
            .setIssuer(certificate.getIssuer()).setSerialNumber(new ASN1Integer(certificate.getSerialNumber())).build(),
            details.generate())));
    }

    // ---- answers

    private static int status(PKIStatusInfo info) {
        return info.getStatus().intValue();
    }

    static String text(PKIBody body) {
        PKIStatusInfo info = null;
        if (body.getType() == PKIBody.TYPE_ERROR) {
            info = ErrorMsgContent.getInstance(body.getContent()).getPKIStatusInfo();
        } else if (body.getContent() instanceof CertRepMessage) {
            info = ((CertRepMessage) body.getContent()).getResponse()[0].getStatus();
        }
        return "body " + body.getType() + (info != null && info.getStatusString() != null
            ? ": " + info.getStatusString().getStringAtUTF8(0).getString() : "");
    }

    private static CertResponse response(PKIBody body, int type, int certReqId) {
        Pki.must(body.getType() == type, "want body " + type + ", have " + text(body));
        CertResponse[] responses = CertRepMessage.getInstance(body.getContent()).getResponse();
        Pki.must(responses.length == 1, "want one CertResponse, have " + responses.length);
        Pki.must(responses[0].getCertReqId().hasValue(certReqId), "certReqId is " + responses[0].getCertReqId());
        return responses[0];
    }

    X509CertificateHolder certificate(PKIBody body, int type, int certReqId, KeyPair keys) throws Exception {
        CertResponse response = response(body, type, certReqId);
        Pki.must(status(response.getStatus()) <= PKIStatus.GRANTED_WITH_MODS, "refused: " + text(body));
        X509CertificateHolder certificate = new X509CertificateHolder(
            response.getCertifiedKeyPair().getCertOrEncCert().getCertificate().getX509v3PKCert());
        pki.verifyCertificate(certificate);
        Pki.must(certificate.getSubjectPublicKeyInfo().equals(Pki.spki(keys)), "a certificate for another key");
        return certificate;
    }

    // ---- operations

    static PKIBody certConf(X509CertificateHolder certificate, int certReqId) throws Exception {
        return new PKIBody(PKIBody.TYPE_CERT_CONFIRM, new CertificateConfirmationContentBuilder()
            .addAcceptedCertificate(certificate, BigInteger.valueOf(certReqId))
            .build(new JcaDigestCalculatorProviderBuilder().setProvider(Pki.PROVIDER).build()).toASN1Structure());
    }

    void confirm(Transaction t, X509CertificateHolder certificate, int certReqId) throws Exception {
        PKIBody body = t.send(certConf(certificate, certReqId));
        if (Transaction.isWaiting(body)) {
            body = t.poll(-1);
        }
        Pki.must(body.getType() == PKIBody.TYPE_CONFIRM, "want pkiconf, have " + text(body));
    }

    /** From the request to pkiconf, polling as long as it takes. */
    Identity enrol(Transaction t, PKIBody request, int answerType, KeyPair keys, boolean implicit) throws Exception {
        int certReqId = request.getType() == PKIBody.TYPE_P10_CERT_REQ ? -1 : 0;
        PKIBody answer = implicit ? t.send(request, Transaction.implicitConfirm()) : t.send(request);

        if (Transaction.isWaiting(answer)) {
            answer = t.poll(-1);
        } else if (status(response(answer, answerType, certReqId).getStatus()) == PKIStatus.WAITING) {
            answer = t.poll(certReqId);
        }
        X509CertificateHolder certificate = certificate(answer, answerType, certReqId, keys);
        if (!implicit) {
            confirm(t, certificate, certReqId);
        }
        return new Identity(keys, certificate);
    }

    void revoke(Transaction t, X509CertificateHolder certificate, int reason) throws Exception {
        PKIBody answer = t.send(rr(certificate, reason));

        if (Transaction.isWaiting(answer)) {
            answer = t.poll(-1);
        }
        Pki.must(answer.getType() == PKIBody.TYPE_REVOCATION_REP, "want rp, have " + text(answer));
        RevRepContent rp = RevRepContent.getInstance(answer.getContent());
        Pki.must(status(rp.getStatus()[0]) == PKIStatus.GRANTED, "rr is refused");
        Pki.must(rp.getRevCerts()[0].getSerialNumber().hasValue(certificate.getSerialNumber()), "another was revoked");
    }

    /** A refusal with this PKIFailureInfo bit (0 is badAlg). */
    static void refused(PKIBody body, int bit) {
        PKIStatusInfo info = body.getType() == PKIBody.TYPE_ERROR
            ? ErrorMsgContent.getInstance(body.getContent()).getPKIStatusInfo()
            : body.getType() == PKIBody.TYPE_REVOCATION_REP ? RevRepContent.getInstance(body.getContent()).getStatus()[0]
            : CertRepMessage.getInstance(body.getContent()).getResponse()[0].getStatus();
        Pki.must(status(info) == PKIStatus.REJECTION, "not refused: " + text(body));
        byte[] bits = info.getFailInfo().getBytes();
        Pki.must(bits.length > bit / 8 && (bits[bit / 8] & 0x80 >> bit % 8) != 0, "another failInfo: " + text(body));
    }

    InfoTypeAndValue ask(Transaction t, String infoType) throws Exception {
        PKIBody answer = t.send(new PKIBody(PKIBody.TYPE_GEN_MSG,
            new GenMsgContent(new InfoTypeAndValue(new ASN1ObjectIdentifier(infoType)))));
        Pki.must(answer.getType() == PKIBody.TYPE_GEN_REP, "want genp, have " + text(answer));
        InfoTypeAndValue[] values = GenRepContent.getInstance(answer.getContent()).toInfoTypeAndValueArray();
        Pki.must(values.length == 1, "want one InfoTypeAndValue, have " + values.length);
        Pki.must(values[0].getInfoType().getId().equals(infoType), "genp is about " + values[0].getInfoType());
        return values[0];
    }
}
