package import SignetAuthority
internal import SignetJSON
internal import SignetRuntime

/// The app object of apps.md: its members in their order and by their names.
package struct AppObject {
    package enum Value {
        case text(String)
        case number(Int64)
    }

    package let members: [(name: String, value: Value)]

    package init(_ app: App) {
        let terms = app.terms
        members = [
            ("id", .text(app.idText)), ("name", .text(terms.name)),
            ("description", .text(terms.description)),
            ("token_expiry", .number(terms.tokenExpire)),
            ("token_notbefore", .number(terms.tokenNotBefore)),
            ("refresh_expiry", .number(terms.refreshExpire)),
            ("refresh_notbefore", .number(terms.refreshNotBefore)),
            ("key_type", .text(app.keyTypeName)), ("algo", .text(app.algorithmName)),
            ("rotation_period", .number(terms.rotationPeriod)),
            ("add_time", .number(app.added)), ("update_time", .number(app.updated)),
            ("last_key_rotate", .number(app.lastKeyRotation)),
        ]
    }
}

extension AppsDialect {
    /// GET `/app/{app_id}`: the app itself.
    func showApp(_ app: App, _ exchange: Exchange) {
        exchange.response.body.append(literal: #"{"app":"#)
        exchange.response.body.append(AppObject(app))
        exchange.response.body.append(literal: "}")
    }

    /// GET `/root/list`: every app.
    func listApps(_ exchange: Exchange) {
        exchange.response.body.append(literal: #"{"apps":["#)
        for (index, app) in credentials.directory.all.enumerated() {
            if index > 0 { exchange.response.body.append(literal: ",") }
            exchange.response.body.append(AppObject(app))
        }
        exchange.response.body.append(literal: "]}")
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ object: AppObject) {
        for (index, member) in object.members.enumerated() {
            append(UInt8(ascii: index == 0 ? "{" : ","))
            append(jsonString: member.name)
            append(UInt8(ascii: ":"))
            switch member.value {
            case .text(let text): append(jsonString: text)
            case .number(let number): append(decimal: number)
            }
        }
        append(UInt8(ascii: "}"))
    }
}
