// Joining a community by an invitation's link.

import Floorwalk
import SwiftUI

struct JoinScreen: View {
    let replica: Replica
    let joined: @MainActor () -> Void
    @State private var link = ""
    @State private var isJoining = false
    @State private var failure: FloorwalkFailure?

    var body: some View {
        Form {
            Section(says("邀请链接", "Invitation link")) {
                TextField("https://…/join#…", text: $link, axis: .vertical)
                    .textInputAutocapitalization(.never)
                    .autocorrectionDisabled()
                Button(says("加入", "Join")) { Task { await join() } }
                    .disabled(link.isEmpty || isJoining)
            }
            if let failure { FailureLine(failure: failure) }
        }
        .onOpenURL { link = $0.absoluteString }
    }

    private func join() async {
        isJoining = true
        defer { isJoining = false }
        do {
            _ = try await replica.join(link: link.trimmingCharacters(in: .whitespacesAndNewlines))
            joined()
        } catch {
            failure = error
        }
    }
}

/// What went wrong, in the person's language.
struct FailureLine: View {
    let failure: FloorwalkFailure

    var body: some View {
        Label(failure.message(in: .preferred), systemImage: "exclamationmark.triangle")
            .font(.footnote)
            .foregroundStyle(.red)
            .accessibilityIdentifier("failure-\(failure.code)")
    }
}
