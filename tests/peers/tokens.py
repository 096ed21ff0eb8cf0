"""Tokens by PyJWT: `issue` prints some of every algorithm, `verify` says what one of ours, on standard input, is to it."""

import base64
import json
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER, AUDIENCE = "https://id.example.com", "shop"


def claims():
    now = int(time.time())
    return {"iss": ISSUER, "aud": [AUDIENCE, "other"], "sub": "ada", "exp": now + 600, "nbf": now, "iat": now}


def keys():
    secret = bytes(range(64))
    oct = {"kty": "oct", "k": base64.urlsafe_b64encode(secret).rstrip(b"=").decode()}
    for name in ["HS256", "HS384", "HS512"]:
        yield name, secret, oct
    pair = rsa.generate_private_key(65537, 2048)
    for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]:
        yield name, pair, jwt.algorithms.RSAAlgorithm.to_jwk(pair.public_key(), as_dict=True)
    for name, curve in [("ES256", ec.SECP256R1()), ("ES384", ec.SECP384R1())]:
        pair = ec.generate_private_key(curve)
        yield name, pair, jwt.algorithms.ECAlgorithm.to_jwk(pair.public_key(), as_dict=True)
    pair = ed25519.Ed25519PrivateKey.generate()
    yield "EdDSA", pair, jwt.algorithms.OKPAlgorithm.to_jwk(pair.public_key(), as_dict=True)


def issue():
    tokens = []
    for name, pair, key in keys():
        token = jwt.encode(claims(), pair, algorithm=name, headers={"kid": name, "typ": "at+jwt"})
        tokens.append({"token": token, "key": {**key, "alg": name, "kid": name}})
    print(json.dumps(tokens))


def forge():
    secret = bytes(64)
    late = {**claims(), "exp": int(time.time()) - 600}
    print(json.dumps([
        jwt.encode(claims(), None, algorithm="none"),
        jwt.encode(late, secret, algorithm="HS256"),
        jwt.encode(claims(), secret, algorithm="HS256", headers={"crit": ["x"], "x": 1}),
        jwt.encode({**claims(), "aud": "other"}, secret, algorithm="HS256"),
    ]))


def verify():
    asked = json.load(sys.stdin)
    key = jwt.PyJWKSet.from_dict(asked["jwks"])[jwt.get_unverified_header(asked["token"])["kid"]]
    said = jwt.decode(asked["token"], key, algorithms=[key.algorithm_name], issuer=ISSUER, audience=AUDIENCE,
                      options={"require": ["exp", "iat", "iss", "aud", "sub"]})
    print(json.dumps(said))


{"issue": issue, "forge": forge, "verify": verify}[sys.argv[1]]()
