// The line at the edge of every screen: how syncing stands.

import Floorwalk
import FloorwalkUI
import SwiftUI

struct SyncLine: View {
    @State private var model: SyncModel

    init(replica: Replica) {
        _model = State(initialValue: SyncModel(replica: replica))
    }

    var body: some View {
        VStack(spacing: 4) {
            if let fraction = model.fraction { ProgressView(value: fraction) }
            HStack {
                Text(model.line).font(.footnote)
                Spacer()
                Button(says("同步", "Sync")) { Task { await model.sync() } }
                    .disabled(model.isBusy)
            }
            if let failure = model.failure { FailureLine(failure: failure) }
        }
        .padding(.horizontal)
        .padding(.vertical, 6)
        .background(.bar)
        .task { await model.watch() }
    }
}
