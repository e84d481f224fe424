internal import Glibc
internal import SignetAuthority
internal import SignetCrypto
internal import SignetRuntime
internal import SignetStorage

/// `signet bench constant-time`: whether the time that it takes to refuse a key or a password tells how near it was.
enum TimingCheck {
    /// What is compared, and what came of it.
    struct Result {
        let name: String
        let kinds: [String]
        /// Whether it has to be told apart: then it shows that this test would see it.
        let isControl: Bool
        let sample: TimingSample

        var isRight: Bool { (sample.difference > TimingSample.threshold) == isControl }
    }

    private static let keyLength = 128
    /// Inputs of each kind, so that no single one decides.
    private static let variants = 64

    static func run(samples: Int, passwords: Int) throws -> [Result] {
        var settings = Settings()
        settings.data = .memory
        settings.workers = 1
        settings.passwords.memory = 8 << 20
        settings.passwords.iterations = 1
        let open = try OpenAuthority(settings, role: .server)
        defer { try? open.close() }
        let authority = open.authority
        let terms = App.Terms(
            name: "timing", algorithm: .hs256, tokenExpire: 60, refreshExpire: 60,
            rotationPeriod: 86_400)
        let app = try Blocking.run {
            try await authority.apps.create(terms, at: WallClock.unixMilliseconds)
        }
        let rootKey = try Blocking.run { try await authority.apps.rotateRootKey() }
        let credentials = Credentials(authority.apps)
        let ends = ["first byte wrong", "last byte wrong"]
        let id = Array(app.app.idText.utf8)
        return [
            compare(
                "two equal strings but for a byte, compared with ==", ends, samples,
                isControl: true, wrongEnds(of: rootKey)
            ) {
                naiveEqual($0, rootKey)
            },
            compare("constantTimeEqual", ends, samples, wrongEnds(of: rootKey)) {
                constantTimeEqual($0, rootKey)
            },
            compare("root key", ends, samples, wrongEnds(of: rootKey)) {
                $0.withUnsafeBytes { credentials.isRootKey($0) }
            },
            compare("app key", ends, samples, wrongEnds(of: app.appKey)) { key in
                isGranted(credentials, id, key)
            },
            try comparePasswords(authority, passwords),
        ]
    }

    private static func isGranted(_ credentials: Credentials, _ id: [UInt8], _ key: [UInt8]) -> Bool
    {
        let access = id.withUnsafeBytes { id in
            key.withUnsafeBytes { credentials.access(appID: id, key: $0) }
        }
        guard case .granted = access else { return false }
        return true
    }

    /// What everybody writes first, and must not: ends at the first difference.
    @inline(never)
    private static func naiveEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        for index in one.indices where one[index] != other[index] { return false }
        return true
    }

    private static func wrongEnds(of key: [UInt8]) -> [[[UInt8]]] {
        [0, key.count - 1].map { place in
            (0..<variants).map { _ in
                var wrong = key
                // Another character of the same alphabet.
                repeat { wrong[place] = randomKeyText(length: 1)[0] } while wrong == key
                return wrong
            }
        }
    }

    /// Times refusals of both kinds of inputs, in random order.
    private static func compare(
        _ name: String, _ kinds: [String], _ samples: Int, isControl: Bool = false,
        _ inputs: [[[UInt8]]], _ accepts: ([UInt8]) -> Bool
    ) -> Result {
        var sample = TimingSample()
        var random = SystemRandomNumberGenerator()
        // All lie where this lies: the two kinds differ in what they hold alone.
        var input = inputs[0][0]
        for round in 0..<samples {
            let draw = random.next()
            let kind = Int(draw & 1)
            let next = inputs[kind][Int(draw >> 1 % UInt64(variants))]
            for index in next.indices { input[index] = next[index] }
            let began = nanoseconds()
            let isAccepted = accepts(input)
            let ended = nanoseconds()
            precondition(!isAccepted, "a wrong key was accepted")
            // The first ones find nothing in the caches.
            if round >= samples / 20 { sample.add(Double(ended - began), kind: kind) }
        }
        return Result(name: name, kinds: kinds, isControl: isControl, sample: sample)
    }

    /// A wrong password of a user against one of nobody. A hash is a thousand times what a lookup takes.
    private static func comparePasswords(_ authority: Authority, _ samples: Int) throws -> Result {
        guard let login = Login("timing".utf8), let email = EmailAddress("timing@example.org".utf8)
        else { preconditionFailure("no login") }
        let user = Accounts.NewUser(login: login, email: email)
        let sample = try Blocking.run {
            _ = try await authority.accounts.create(
                user, password: Password(Array("right-password".utf8)),
                at: WallClock.unixMilliseconds)
            var sample = TimingSample()
            var random = SystemRandomNumberGenerator()
            for round in 0..<samples {
                let kind = Int(random.next() & 1)
                let key = User.Key.login(Array((kind == 0 ? "timing" : "nobody").utf8))
                let password = Password(Array("wrong-password".utf8))
                let began = nanoseconds()
                let found = try await authority.accounts.passwordCheck.user(key, password: password)
                let ended = nanoseconds()
                precondition(found == nil, "a wrong password was accepted")
                if round >= samples / 20 { sample.add(Double(ended - began), kind: kind) }
            }
            return sample
        }
        return Result(
            name: "password (Argon2id, 8 MiB)", kinds: ["wrong", "unknown user"], isControl: false,
            sample: sample)
    }

    private static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
