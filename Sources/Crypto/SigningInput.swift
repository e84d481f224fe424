/// One message to be signed and the place for its signature. Both belong to the caller and outlive
/// the call of `Signer.sign`.
package struct SigningInput {
    /// The bytes that the signature is for.
    package let message: UnsafeRawBufferPointer
    /// Where `Signer.signatureLength` bytes are written.
    package let signature: UnsafeMutableRawPointer

    /// Pairs a message with the place for its signature.
    package init(message: UnsafeRawBufferPointer, signature: UnsafeMutableRawPointer) {
        self.message = message
        self.signature = signature
    }
}
