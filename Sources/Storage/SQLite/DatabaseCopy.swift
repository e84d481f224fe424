/// A copy of the database of a data folder, as of one moment, made while others read and write it.
package enum DatabaseCopy {
    /// What is copied between two calls of `progress`: 4 MiB.
    private static let stepPages: Int32 = 1024

    /// Copies the database into the empty file at `path`, of any schema that this Signet knows. What is
    /// copied is not synchronised yet, and after an error the file is of no use.
    ///
    /// While it runs the write-ahead log grows by whatever is written meanwhile.
    ///
    /// - Parameter progress: is told how many pages are copied, and of how many.
    package static func make(
        ofFolder folder: String, at path: String, progress: (Int, Int) -> Void
    ) throws(StoreError) {
        try StartCheck.files(of: folder)
        let source = try Connection(path: "\(folder)/signet.db", isReadOnly: true)
        // Within a transaction, or SQLite would begin anew each time that another process has written.
        try source.execute("BEGIN")
        try Migrations.refuseForeign(source)
        let target = try Connection(path: path)
        // Half a copy is thrown away, and a whole one is synchronised by the caller.
        try target.execute("PRAGMA journal_mode = OFF")
        try target.execute("PRAGMA synchronous = OFF")
        try source.copy(to: target, stepPages: stepPages, progress: progress)
    }
}
