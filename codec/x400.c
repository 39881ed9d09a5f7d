/* RFC 5280, Appendix A.1, "X.400 address syntax starts here". */
#include "codec/x400.h"

#include "codec/asn1_table.h"

SEQUENCE(ORAddress,
    FIELD(built_in_standard_attributes,       BuiltInStandardAttributes),
    FIELD(built_in_domain_defined_attributes, BuiltInDomainDefinedAttributes, OPTIONAL),
    FIELD(extension_attributes,               ExtensionAttributes,            OPTIONAL))

SEQUENCE(BuiltInStandardAttributes,
    FIELD(country_name,               CountryName_1,           OPTIONAL),
    FIELD(administration_domain_name, DomainName_2,            OPTIONAL),
    FIELD(network_address,            NumericString,           IMPLICIT(0), OPTIONAL),
    FIELD(terminal_identifier,        PrintableString,         IMPLICIT(1), OPTIONAL),
    FIELD(private_domain_name,        DomainName,              EXPLICIT(2), OPTIONAL),
    FIELD(organization_name,          PrintableString,         IMPLICIT(3), OPTIONAL),
    FIELD(numeric_user_identifier,    NumericString,           IMPLICIT(4), OPTIONAL),
    FIELD(personal_name,              PersonalName,            IMPLICIT(5), OPTIONAL),
    FIELD(organizational_unit_names,  OrganizationalUnitNames, IMPLICIT(6), OPTIONAL))

SEQUENCE(CountryName_1,
    FIELD(name,                  CountryName))

SEQUENCE(DomainName_2,
    FIELD(name,                  DomainName))

CHOICE(CountryName,
    FIELD(x121_dcc_code,         NumericString),
    FIELD(iso_3166_alpha2_code,  PrintableString))

CHOICE(DomainName,
    FIELD(numeric,               NumericString),
    FIELD(printable,             PrintableString))

SEQUENCE(PersonalName,
    FIELD(surname,               PrintableString,         IMPLICIT(0)),
    FIELD(given_name,            PrintableString,         IMPLICIT(1), OPTIONAL),
    FIELD(initials,              PrintableString,         IMPLICIT(2), OPTIONAL),
    FIELD(generation_qualifier,  PrintableString,         IMPLICIT(3), OPTIONAL))

LIST_OF(OrganizationalUnitNames, PrintableString, SIZE_1_MAX)

LIST_OF(BuiltInDomainDefinedAttributes, BuiltInDomainDefinedAttribute, SIZE_1_MAX)

SEQUENCE(BuiltInDomainDefinedAttribute,
    FIELD(type,                  PrintableString),
    FIELD(value,                 PrintableString))

LIST_OF(ExtensionAttributes, ExtensionAttribute, SIZE_1_MAX)

SEQUENCE(ExtensionAttribute,
    FIELD(extension_attribute_type,  INTEGER_0_MAX,       IMPLICIT(0)),
    FIELD(extension_attribute_value, ANY,                 EXPLICIT(1)))
