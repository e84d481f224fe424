import SignetCrypto
import Testing

/// A key of RFC 6979 appendix A.2, with signatures that tell their nonces.
struct RFC6979Key: Sendable, CustomTestStringConvertible {
    /// The hexadecimal numbers of one signature.
    struct Signature: Sendable {
        let message: String
        let k, r, s: String
    }

    let section: String
    let algorithm: Algorithm
    /// The private number and the public point.
    let d, x, y: String
    /// With the hash that goes with `algorithm`.
    let signatures: [Signature]

    var testDescription: String { "RFC 6979 \(section)" }

    func key() throws -> PrivateKey {
        let curves: [Algorithm: String] = [.es256: "P-256", .es384: "P-384", .es512: "P-521"]
        let members = ["d": d, "x": x, "y": y].map { name, number in
            let text = String(decoding: Base64URL.encode(bytes(hex: number)), as: UTF8.self)
            return #""\#(name)":"\#(text)""#
        }
        let curve = try #require(curves[algorithm])
        let jwk = #"{"kty":"EC","crv":"\#(curve)",\#(members.joined(separator: ","))}"#
        return try PrivateKey(jwk: Array(jwk.utf8), algorithm: algorithm)
    }

    static let all = [
        RFC6979Key(
            section: "A.2.5", algorithm: .es256,
            d: "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
            x: "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
            y: "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
            signatures: [
                Signature(
                    message: "sample",
                    k: "A6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60",
                    r: "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
                    s: "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"),
                Signature(
                    message: "test",
                    k: "D16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0",
                    r: "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
                    s: "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"),
            ]),
        RFC6979Key(
            section: "A.2.6", algorithm: .es384,
            d: "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA477407871"
                + "37D896D5724E4C70A825F872C9EA60D2EDF5",
            x: "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B30"
                + "0C64DEF8F0EA9055866064A254515480BC13",
            y: "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C"
                + "9DB1288B231C3AE0D4FE7344FD2533264720",
            signatures: [
                Signature(
                    message: "sample",
                    k: "94ED910D1A099DAD3254E9242AE85ABDE4BA15168EAF0CA87A555FD56D10"
                        + "FBCA2907E3E83BA95368623B8C4686915CF9",
                    r: "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD"
                        + "133C81A648152E44ACF96E36DD1E80FABE46",
                    s: "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3"
                        + "A94FA329C145786E679E7B82C71A38628AC8"),
                Signature(
                    message: "test",
                    k: "015EE46A5BF88773ED9123A5AB0807962D193719503C527B031B4C2D2250"
                        + "92ADA71F4A459BC0DA98ADB95837DB8312EA",
                    r: "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A"
                        + "5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
                    s: "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F131739"
                        + "23E06A739F040649A667BF3B828246BAA5A5"),
            ]),
        RFC6979Key(
            section: "A.2.7", algorithm: .es512,
            d: "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C"
                + "7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08"
                + "B0E996B83538",
            x: "01894550D0785932E00EAA23B694F213F8C3121F86DC97A04E5A7167DB4E"
                + "5BCD371123D46E45DB6B5D5370A7F20FB633155D38FFA16D2BD761DCAC47"
                + "4B9A2F5023A4",
            y: "00493101C962CD4D2FDDF782285E64584139C2F91B47F87FF82354D6630F"
                + "746A28A0DB25741B5B34A828008B22ACC23F924FAAFBD4D33F81EA66956D"
                + "FEAA2BFDFCF5",
            signatures: [
                Signature(
                    message: "sample",
                    k: "01DAE2EA071F8110DC26882D4D5EAE0621A3256FC8847FB9022E2B7D28E6"
                        + "F10198B1574FDD03A9053C08A1854A168AA5A57470EC97DD5CE090124EF5"
                        + "2A2F7ECBFFD3",
                    r: "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D"
                        + "4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF"
                        + "05EC36E377FA",
                    s: "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B"
                        + "68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1E"
                        + "E0E44DA4A67A"),
                Signature(
                    message: "test",
                    k: "016200813020EC986863BEDFC1B121F605C1215645018AEA1A7B215A564D"
                        + "E9EB1B38A67AA1128B80CE391C4FB71187654AAA3431027BFC7F395766CA"
                        + "988C964DC56D",
                    r: "013E99020ABF5CEE7525D16B69B229652AB6BDF2AFFCAEF38773B4B7D087"
                        + "25F10CDB93482FDCC54EDCEE91ECA4166B2A7C6265EF0CE2BD7051B7CEF9"
                        + "45BABD47EE6D",
                    s: "01FBD0013C674AA79CB39849527916CE301C66EA7CE8B80682786AD60F98"
                        + "F7E78A19CA69EFF5C57400E3B3A0AD66CE0978214D13BAF4E9AC60752F7B"
                        + "155E2DE4DCE3"),
            ]),
    ]
}
