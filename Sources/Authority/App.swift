package import SignetCrypto
internal import SignetStorage

/// An app as the loops see it: who may sign, and for how long the tokens live. Immutable.
package final class App: Sendable {
    /// The four request members that an app may require.
    package struct RequiredClaims: OptionSet, Sendable {
        package let rawValue: Int64

        package init(rawValue: Int64) {
            self.rawValue = rawValue
        }

        /// Whether all of `other` are required. Not the generic `contains`, which other modules call
        /// unspecialised, at 50 ns a time.
        package func includes(_ other: RequiredClaims) -> Bool {
            rawValue & other.rawValue == other.rawValue
        }

        package static let subject = RequiredClaims(rawValue: 1)
        package static let audience = RequiredClaims(rawValue: 2)
        package static let address = RequiredClaims(rawValue: 4)
        package static let userAgent = RequiredClaims(rawValue: 8)
        package static let all: RequiredClaims = [.subject, .audience, .address, .userAgent]
    }

    /// What an app's owner decides. The times are in seconds.
    package struct Terms: Sendable, Equatable {
        package var name: String
        package var description = ""
        package var algorithm: Algorithm
        package var tokenExpire: Int64
        package var tokenNotBefore: Int64 = 0
        package var refreshExpire: Int64
        package var refreshNotBefore: Int64 = 0
        package var rotationPeriod: Int64
        package var refreshGrace: Int64 = 10
        package var requiredClaims = RequiredClaims.all

        package init(
            name: String, algorithm: Algorithm, tokenExpire: Int64, refreshExpire: Int64,
            rotationPeriod: Int64
        ) {
            self.name = name
            self.algorithm = algorithm
            self.tokenExpire = tokenExpire
            self.refreshExpire = refreshExpire
            self.rotationPeriod = rotationPeriod
        }
    }

    package let id: ULID
    /// The id's 26 characters, as answers show it.
    package let idText: String
    package let terms: Terms
    /// When it was made, when its owner last changed it or its app key, and when its signing key
    /// was last replaced: Unix seconds, 0 for never.
    package let added: Int64
    package let updated: Int64
    package let lastKeyRotation: Int64
    /// The app's number in the store.
    package let number: Int64
    /// How often it may be called; nil for the limit of all apps.
    package let rateLimit: RateLimit?
    let row: AppRow
    /// What its app key is compared with. A read through the row would copy all of that.
    let keyHash: [UInt8]
    /// `"iss":"<name>"`, as it stands in every token of the app.
    let issuerClaim: [UInt8]

    /// Nil when the row names an algorithm that this version does not know.
    init?(_ row: AppRow, rateLimit: RateLimit? = nil) {
        guard let terms = Terms(row) else { return nil }
        self.rateLimit = rateLimit
        self.row = row
        self.terms = terms
        id = ULID(row.id)
        idText = id.text
        number = row.number
        keyHash = row.keyHash
        added = row.added
        updated = row.updated
        lastKeyRotation = row.lastKeyRotation
        issuerClaim = JWTHeader.issuerClaim(row.name)
    }

    /// The name of its algorithm, and of the family that this belongs to, as answers say them.
    package var algorithmName: String { terms.algorithm.name }
    package var keyTypeName: String { terms.algorithm.keyType.name }
}

extension App.Terms {
    init?(_ row: AppRow) {
        guard let algorithm = Algorithm(name: row.algorithm) else { return nil }
        self.init(
            name: row.name, algorithm: algorithm, tokenExpire: row.tokenExpire,
            refreshExpire: row.refreshExpire, rotationPeriod: row.rotationPeriod)
        description = row.description
        tokenNotBefore = row.tokenNotBefore
        refreshNotBefore = row.refreshNotBefore
        refreshGrace = row.refreshGrace
        requiredClaims = App.RequiredClaims(rawValue: row.requiredClaims)
    }
}

extension AppRow {
    /// The row of a new app.
    ///
    /// - Parameter now: Unix milliseconds.
    init(_ terms: App.Terms, number: Int64, id: ULID, appKey: [UInt8], at now: Int64) {
        self.init(
            number: number, id: id.rowID, name: terms.name, description: terms.description,
            keyHash: SHA256Digest.digest(appKey), algorithm: terms.algorithm.name,
            tokenExpire: terms.tokenExpire, tokenNotBefore: terms.tokenNotBefore,
            refreshExpire: terms.refreshExpire, refreshNotBefore: terms.refreshNotBefore,
            rotationPeriod: terms.rotationPeriod, refreshGrace: terms.refreshGrace,
            requiredClaims: terms.requiredClaims.rawValue, added: now / 1000, updated: 0,
            lastKeyRotation: 0)
    }

    /// Takes over what an app's owner decides; the algorithm is not theirs to change.
    mutating func set(_ terms: App.Terms) {
        name = terms.name
        description = terms.description
        tokenExpire = terms.tokenExpire
        tokenNotBefore = terms.tokenNotBefore
        refreshExpire = terms.refreshExpire
        refreshNotBefore = terms.refreshNotBefore
        rotationPeriod = terms.rotationPeriod
        refreshGrace = terms.refreshGrace
        requiredClaims = terms.requiredClaims.rawValue
    }
}

extension ULID {
    /// The id of a row.
    init(_ id: RowID) {
        self.init(high: id.high, low: id.low)
    }

    /// The id as rows keep it.
    var rowID: RowID { RowID(high: high, low: low) }
}
