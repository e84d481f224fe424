/// What the `data` of each `uv_poll_t` of ours points to.
protocol PollOwner: AnyObject {
    /// Gives the handle up. A second call does nothing.
    func close()
}
