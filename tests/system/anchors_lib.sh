# Foreign CAs for tests of what they say of their certificates: a root and a factory below it, by `openssl ca`.

# authority NAME: a CA in its own directory, for `openssl ca`.
authority() {
    mkdir "$1"
    : >"$1/index.txt"
    echo 1000 >"$1/crlnumber"
    cat >"$1/ca.cnf" <<END
[ca]
default_ca = it
[it]
database = $work/$1/index.txt
serial = $work/$1/serial
crlnumber = $work/$1/crlnumber
new_certs_dir = $work/$1
certificate = $work/$1/ca.pem
private_key = $work/$1/ca.key
default_md = sha256
default_days = 30
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
[device]
keyUsage = digitalSignature
[ca_cert]
basicConstraints = critical,CA:true
keyUsage = keyCertSign,cRLSign
END
    key p256 "$1/ca.key"
}

# issue CA REQUEST CERTIFICATE EXTENSIONS
issue() { openssl ca -batch -notext -config "$1/ca.cnf" -in "$2" -out "$3" -extensions "$4" 2>ca.log || fail "openssl ca: $(cat ca.log)"; }
request() { openssl req -new -config /dev/null -key "$1" -subj "/CN=$2" -out "$3"; }
revoke() { openssl ca -config "$1/ca.cnf" -revoke "$2" -crl_reason keyCompromise 2>ca.log || fail "openssl ca -revoke: $(cat ca.log)"; }

# crl NAME FILE ARGUMENT…: a new CRL of NAME takes the place of FILE.
crl() {
    local name=$1 file=$2
    shift 2
    openssl ca -config "$name/ca.cnf" -gencrl -out "$file.new" "$@" 2>ca.log || fail "openssl ca -gencrl: $(cat ca.log)"
    mv "$file.new" "$file"
}

root_and_factory() {
    authority root
    openssl req -x509 -config /dev/null -key root/ca.key -subj "/CN=Vendor root" -out root/ca.pem \
        -addext basicConstraints=critical,CA:true -addext keyUsage=keyCertSign,cRLSign 2>req.log || fail "$(cat req.log)"
    authority factory
    request factory/ca.key "Vendor factory" factory.csr
    issue root factory.csr factory/ca.pem ca_cert
}

# ir NAME PROFILE ARGUMENT…: with the certificate NAME.pem of the factory.
ir() {
    local name=$1 profile=$2
    shift 2
    client -cmd ir -newkey new.key -subject "/CN=$name" -cert $name.pem -key $name.key -extracerts factory/ca.pem -certout out.pem \
        -path "$path/p/$profile" -implicit_confirm -issuer "/CN=cmpgate demo CA" "$@"
}

# refuse_ir FAILINFO TEXT NAME PROFILE ARGUMENT…
refuse_ir() {
    local failinfo=$1 text=$2
    shift 2
    ir "$@" && fail "$1 was not refused"
    refused "$failinfo" "$text" "$wire.rsp-01.der"
}
