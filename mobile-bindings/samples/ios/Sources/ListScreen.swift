// The complaints of one's own building, each with the four steps that it takes.

import Floorwalk
import FloorwalkUI
import SwiftUI

struct ListScreen: View {
    @State private var model: ListModel
    private let replica: Replica

    init(replica: Replica) {
        self.replica = replica
        _model = State(initialValue: ListModel(replica: replica))
    }

    var body: some View {
        NavigationStack {
            List {
                if let failure = model.failure { FailureLine(failure: failure) }
                ForEach(model.rows ?? []) { row in
                    NavigationLink(value: row.id) { RowView(row: row) }
                }
            }
            .overlay {
                if model.rows?.isEmpty == true { Text(says("还没有投诉", "No complaints yet")) }
            }
            .navigationTitle(model.building ?? says("全部楼栋", "All buildings"))
            .toolbar {
                Picker(says("楼栋", "Building"), selection: $model.building) {
                    Text(says("全部", "All")).tag(String?.none)
                    ForEach(model.buildings, id: \.self) { Text($0).tag(String?.some($0)) }
                }
            }
            .navigationDestination(for: String.self) { id in
                ComplaintScreen(replica: replica, complaint: id)
            }
        }
        .task(id: model.building) { await model.watch() }
    }
}

/// One complaint of the list.
struct RowView: View {
    let row: ListModel.Row

    var body: some View {
        VStack(alignment: .leading, spacing: 6) {
            HStack {
                Text(row.complaint.number).font(.headline)
                Spacer()
                Text(row.stage.word).font(.subheadline)
            }
            HStack {
                Text("\(row.complaint.building) \(row.complaint.room)")
                Spacer()
                if let photos = row.photos { Label(photos, systemImage: "photo") }
            }
            .font(.footnote)
            StepsView(steps: row.steps)
        }
    }
}

/// The steps, from this phone to the office's yes.
struct StepsView: View {
    let steps: [DeliveryStep]

    var body: some View {
        HStack(spacing: 8) {
            ForEach(steps) { step in
                Label(step.word, systemImage: step.isReached ? "checkmark.circle.fill" : "circle")
                    .foregroundStyle(step.isReached ? Color.green : Color.secondary)
            }
        }
        .font(.caption2)
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(steps.last(where: \.isReached)?.word ?? "")
    }
}
