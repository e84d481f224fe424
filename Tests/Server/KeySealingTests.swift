import Foundation
import TestSupport
import Testing

@Suite("Private keys at rest")
struct KeySealingTests {
    /// Opens every key of the database by itself, with the master key and another implementation of
    /// AES-GCM, and looks for it in every file of the folders given, in every spelling. Prints what
    /// was looked for and what was found.
    ///
    /// What is looked for are the secret numbers of each key, in pieces of 24 bytes, so that a part
    /// is found too. A piece in base64 has three forms, as it may begin at any of three places; of
    /// each, the characters count that belong to this piece alone. Line ends are left out, so that a
    /// PEM is a base64 like any other.
    private static let search = """
        import base64, json, os, re, sqlite3, sys
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        data, plant, *places = sys.argv[1:]
        digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        def ulid(id):
            number = int.from_bytes(id, "big")
            return "".join(digits[number >> shift & 31] for shift in range(125, -1, -5))

        def numbers(algorithm, secret):
            if algorithm.startswith("HS"): return [secret]
            key = s.load_der_private_key(secret, None)
            if isinstance(key, ed25519.Ed25519PrivateKey): return [key.private_bytes_raw()]
            if isinstance(key, ec.EllipticCurvePrivateKey):
                n = key.private_numbers().private_value
                return [n.to_bytes((n.bit_length() + 7) // 8, "big")]
            n = key.private_numbers()
            return [v.to_bytes((v.bit_length() + 7) // 8, "big")
                    for v in (n.d, n.p, n.q, n.dmp1, n.dmq1, n.iqmp)]

        def forms(piece):
            found = {"raw": piece, "hex": piece.hex().encode(), "HEX": piece.hex().upper().encode()}
            for shift in range(3):
                text = base64.b64encode(bytes(shift) + piece)
                text = text[{0: 0, 1: 2, 2: 3}[shift]:(len(piece) + shift) * 8 // 6]
                found[f"base64+{shift}"] = text
                found[f"base64url+{shift}"] = text.translate(bytes.maketrans(b"+/", b"-_"))
            return found

        master = base64.b64decode(open(data + "/master.key").read())
        database = sqlite3.connect(f"file:{data}/signet.db?mode=ro", uri=True)
        secrets = {"master key": [master]}
        algorithms = set()
        for id, algorithm, sealed in database.execute(
                "SELECT id, algorithm, sealed_private_key FROM keys"):
            aad = sealed[:1] + b"signet key " + ulid(id).encode()
            opened = AESGCM(master).decrypt(sealed[1:13], sealed[13:], aad)
            secrets[f"{algorithm} {ulid(id)}"] = numbers(algorithm, opened)
            algorithms.add(algorithm)
        database.close()

        pieces = []
        for name, values in secrets.items():
            for value in values:
                for start in range(0, len(value) - 23, 8): pieces.append((name, value[start:start + 24]))

        if plant:
            # Every form of one piece of each key, inside of other bytes, one file a form.
            last = {}
            for name, piece in pieces:
                if name != "master key": last[name] = piece
            for form in forms(bytes(24)):
                with open(f"{plant}/{form}", "wb") as file:
                    for piece in last.values(): file.write(b"..." + forms(piece)[form] + b"...\\n")
            with open(f"{plant}/pem", "wb") as file:
                for piece in last.values():
                    text = base64.b64encode(b"prefix" + piece * 3)
                    file.write(b"-----BEGIN PRIVATE KEY-----\\n")
                    file.write(b"\\n".join(text[i:i + 64] for i in range(0, len(text), 64)))
                    file.write(b"\\n-----END PRIVATE KEY-----\\n")

        files, found = [], {}
        for place in places:
            for folder, _, names in os.walk(place):
                for name in names:
                    if name == "master.key": continue
                    files.append(name)
                    content = open(os.path.join(folder, name), "rb").read()
                    joined = re.sub(rb"[\\r\\n]+", b"", content)
                    for owner, piece in pieces:
                        for form, text in forms(piece).items():
                            if text in content or text in joined:
                                found.setdefault(name, set()).add(owner)
        print(json.dumps({
            "algorithms": len(algorithms), "keys": len(secrets) - 1, "files": sorted(files),
            "found": {name: len(owners) for name, owners in found.items()}}))
        """

    private struct Findings: Decodable {
        let algorithms: Int
        let keys: Int
        let files: [String]
        /// How many keys a file has something of.
        let found: [String: Int]
    }

    private func search(_ data: String, planting: String = "", _ places: [String]) throws
        -> Findings
    {
        let output = try Python.run(Self.search, arguments: [data, planting] + places)
        return try JSONDecoder().decode(Findings.self, from: output)
    }

    @Test("of every algorithm, made and imported, are in no file and no log, in no spelling")
    func sealed() throws {
        let server = try SignetProcess(["--log-level", "trace"])
        let tool = KeyTool(server: server)
        let connection = try server.connect()
        let families = [
            "OCT": ["HS256", "HS384", "HS512"],
            "RSA": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
            "ECDSA": ["ES256", "ES384", "ES512"], "OKP": ["EdDSA"],
        ]
        var output = ""
        for (keyType, algorithms) in families {
            for algorithm in algorithms {
                let app = try AppAccount.create(
                    on: server, algorithm: algorithm, keyType: keyType)
                _ = try app.pair(on: connection)
                if algorithm == "ES256" || algorithm == "HS256" {
                    let next = try tool.outcome(["rotate", app.id])
                    output += next.output + next.errors
                }
            }
        }
        let own = try Python.run(
            """
            from joserfc.jwk import ECKey
            print(ECKey.generate_key("P-521").as_pem(private=True).decode())
            """)
        let app = try AppAccount.create(on: server, algorithm: "ES512")
        let file = try TemporaryFolder()
        let path = try file.write(String(decoding: own, as: UTF8.self), to: "own.pem")
        let imported = try tool.outcome(["import", app.id, path])
        #expect(imported.ending == .exited(0))
        output += imported.output + imported.errors + (try tool.outcome(["list"]).output)

        let logs = try TemporaryFolder()
        for isRunning in [true, false] {
            if !isRunning { #expect(try server.stop() == .exited(0)) }
            _ = try logs.write(server.process.outputText, to: "output")
            _ = try logs.write(server.process.errorText, to: "log")
            _ = try logs.write(output, to: "commands")
            let findings = try search(server.data, [server.data, logs.path()])
            #expect(findings.algorithms == 13)
            #expect(findings.keys == 17)
            let expected = ["commands", "log", "output", "signet.db"]
            #expect(Set(findings.files).isSuperset(of: expected))
            if isRunning { #expect(findings.files.contains("signet.db-wal")) }
            #expect(findings.found == [:])
        }

        // The search finds every form of every key, were it there.
        let planted = try TemporaryFolder()
        let findings = try search(server.data, planting: planted.path(), [planted.path()])
        #expect(findings.files.count == 10)
        #expect(Set(findings.found.keys) == Set(findings.files))
        #expect(Set(findings.found.values) == [17])
    }

    @Test("can't be opened without the right master key, and every command says so")
    func masterKey() throws {
        let server = try SignetProcess()
        _ = try AppAccount.create(on: server)
        #expect(try server.stop() == .exited(0))
        let tool = KeyTool(server: server)
        let file = "\(server.data)/master.key"
        let right = try String(contentsOfFile: file, encoding: .utf8)
        let wrong = Data(repeating: 9, count: 32).base64EncodedString()
        let short = Data(repeating: 9, count: 16).base64EncodedString()

        func expectRefusal(_ text: String, key: String?) throws {
            let environment = key.map { ["SIGNET_MASTER_KEY": $0] } ?? [:]
            for arguments in [["serve", "--port", "0"], ["key", "list"], ["app", "list"]] {
                let outcome = try Signet.run(
                    arguments + ["--data", server.data], environment: environment,
                    in: server.folder)
                #expect(outcome.ending == .exited(78))
                #expect(outcome.errors.contains(text), "\(outcome.errors)")
                #expect(outcome.errors.split(separator: "\n").count == 1)
                #expect(outcome.output == "")
                if let key { #expect(!outcome.errors.contains(key)) }
            }
        }
        try expectRefusal("the master key does not open the keys of this store", key: wrong)
        try expectRefusal("the value from SIGNET_MASTER_KEY is not 32 bytes as base64", key: short)
        for truncated in [String(right.prefix(20)), String(right.prefix(43)), short + "\n", ""] {
            _ = try server.folder.write(truncated, to: "data/master.key")
            try expectRefusal("master.key can't be used", key: nil)
        }
        try FileManager.default.removeItem(atPath: file)
        try expectRefusal("master.key is missing", key: nil)
        // The key itself may come from the environment instead.
        let listed = try tool.outcome(
            ["list"], environment: ["SIGNET_MASTER_KEY": right.replacing("\n", with: "")])
        #expect(listed.ending == .exited(0))
    }
}
