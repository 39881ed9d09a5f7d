/* X.400 addresses, as far as a GeneralName can hold one: RFC 5280, Appendix A.1. */
#ifndef CODEC_X400_H
#define CODEC_X400_H

#include "codec/asn1.h"

/* CountryName and AdministrationDomainName have [APPLICATION n] tags, which are explicit: the
 * module says EXPLICIT TAGS and they are CHOICEs. */
enum { DER_APPLICATION_1 = 0x61, DER_APPLICATION_2 = 0x62 };

enum { CountryName_x121_dcc_code, CountryName_iso_3166_alpha2_code };
ASN1_DECLARE_CHOICE(CountryName)        /* also PhysicalDeliveryCountryName */
struct CountryName {
    struct span der;
    int arm;
    union {
        struct span x121_dcc_code, iso_3166_alpha2_code;
    };
};

enum { DomainName_numeric, DomainName_printable };
ASN1_DECLARE_CHOICE(DomainName)         /* AdministrationDomainName, PrivateDomainName */
struct DomainName {
    struct span der;
    int arm;
    union {
        struct span numeric, printable;
    };
};

/* [APPLICATION 1] CountryName and [APPLICATION 2] DomainName. */
ASN1_DECLARE_STRUCT(CountryName_1, DER_APPLICATION_1)
struct CountryName_1 {
    struct span der;
    struct CountryName *name;
};
ASN1_DECLARE_STRUCT(DomainName_2, DER_APPLICATION_2)
struct DomainName_2 {
    struct span der;
    struct DomainName *name;
};

ASN1_DECLARE_SET(PersonalName)
struct PersonalName {
    struct span der;
    struct span surname, given_name, initials, generation_qualifier;
};

ASN1_DECLARE_SEQUENCE_OF(OrganizationalUnitNames)       /* of PrintableString */

ASN1_DECLARE_SEQUENCE(BuiltInStandardAttributes)
struct BuiltInStandardAttributes {
    struct span der;
    struct CountryName_1 *country_name;
    struct DomainName_2 *administration_domain_name;
    struct span network_address;
    struct span terminal_identifier;
    struct DomainName *private_domain_name;
    struct span organization_name;
    struct span numeric_user_identifier;
    struct PersonalName *personal_name;
    struct asn1_list organizational_unit_names;
};

ASN1_DECLARE_SEQUENCE(BuiltInDomainDefinedAttribute)
struct BuiltInDomainDefinedAttribute {
    struct span der;
    struct span type, value;
};
ASN1_DECLARE_SEQUENCE_OF(BuiltInDomainDefinedAttributes)

ASN1_DECLARE_SEQUENCE(ExtensionAttribute)
struct ExtensionAttribute {
    struct span der;
    struct span extension_attribute_type;
    struct span extension_attribute_value;              /* ANY: defined by an INTEGER, kept */
};
ASN1_DECLARE_SET_OF(ExtensionAttributes)

ASN1_DECLARE_SEQUENCE(ORAddress)
struct ORAddress {
    struct span der;
    struct BuiltInStandardAttributes *built_in_standard_attributes;
    struct asn1_list built_in_domain_defined_attributes;
    struct asn1_list extension_attributes;
};

#endif
