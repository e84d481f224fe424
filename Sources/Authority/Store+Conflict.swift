internal import SignetStorage

extension Store {
    /// Applies all of the mutations, or none of them when they conflict with what is there.
    ///
    /// - Returns: false for a conflict. Throws `storeUnavailable` for whatever else went wrong.
    func writeUnlessConflict(_ mutations: [Mutation]) async throws(AuthorityError) -> Bool {
        do throws(StoreError) {
            try await write(mutations)
            return true
        } catch {
            guard error.reason == .conflict else { throw .storeUnavailable }
            return false
        }
    }
}
