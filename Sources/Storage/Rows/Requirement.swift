/// What must hold in the transaction of the mutations that come after it; a conflict if it does not. So
/// nothing is written that rests on what was over by then.
package enum Requirement: Sendable, Equatable {
    /// There is this user, of this generation.
    case user(Int64, generation: Int64)
    /// There is this session of a user.
    case userSession(RowID)
    /// There is this API token, last changed at this time, in Unix milliseconds.
    case apiToken(RowID, updated: Int64)
    /// There is this app, by number, and its key has this hash.
    case app(Int64, keyHash: [UInt8])
    /// A user has fewer API tokens than this.
    case apiTokens(of: Int64, below: Int)
    /// A user has fewer named tokens than this.
    case namedTokens(of: Int64, below: Int)
}
