// One complaint: its steps and each photo's, what is missing, what is due, what contradicts.

import Floorwalk
import FloorwalkUI
import SwiftUI

struct ComplaintScreen: View {
    @State private var model: ComplaintModel

    init(replica: Replica, complaint: String) {
        _model = State(initialValue: ComplaintModel(replica: replica, complaint: complaint))
    }

    var body: some View {
        List {
            if let failure = model.failure { FailureLine(failure: failure) }
            if let complaint = model.complaint {
                Section {
                    Text(complaint.narrative)
                    StepsView(steps: model.steps)
                }
                if !model.missing.isEmpty {
                    Section(says("还缺", "Still missing")) { ChipRow(chips: model.missing) }
                }
                ForEach(model.conflicts) { ConflictView(conflict: $0, model: model) }
                Section(says("照片", "Photos")) {
                    ForEach(model.photos) { PhotoView(photo: $0, model: model) }
                }
                Section(says("办理时限", "Duties")) {
                    ForEach(model.duties) { DutyView(line: $0) }
                }
                Section(says("经过", "What happened")) {
                    ForEach(complaint.events, id: \.id) { EventView(event: $0) }
                }
            } else {
                ProgressView()
            }
        }
        .navigationTitle(model.complaint?.number ?? "")
        .task { await model.watch() }
    }
}

/// A photo with its own steps.
struct PhotoView: View {
    let photo: Photo
    let model: ComplaintModel
    @State private var preview: Data?

    var body: some View {
        HStack {
            if let preview, let image = UIImage(data: preview) {
                Image(uiImage: image).resizable().scaledToFit().frame(width: 72, height: 72)
            } else {
                Image(systemName: "photo").frame(width: 72, height: 72)
            }
            VStack(alignment: .leading) {
                Text(photo.kind)
                StepsView(steps: photo.steps)
            }
        }
        .task(id: photo.evidence.state) { preview = await model.preview(of: photo) }
    }
}

/// What somebody has to do, and by when.
struct DutyView: View {
    let line: DutyLine

    var body: some View {
        VStack(alignment: .leading) {
            Text(line.title)
            HStack {
                Text(line.by)
                Text(line.status)
                if let due = line.dueAt {
                    Text(due, format: .dateTime.month().day().hour().minute())
                }
            }
            .font(.footnote)
            .foregroundStyle(line.isOverdue ? Color.red : Color.secondary)
        }
    }
}

/// A field with more than one value: tap the right one.
struct ConflictView: View {
    let conflict: Conflict
    let model: ComplaintModel

    var body: some View {
        Section(says("\(conflict.field.word)：请选择", "\(conflict.field.word): choose one")) {
            ForEach(conflict.values, id: \.self) { value in
                Button(value) { Task { await model.set(conflict.field.key, to: value) } }
            }
        }
    }
}

/// One event.
struct EventView: View {
    let event: EventInfo

    var body: some View {
        VStack(alignment: .leading) {
            Text(WordKind.eventKind.word(for: event.kind))
            Text("\(event.author) · \(event.at)").font(.footnote).foregroundStyle(.secondary)
            if let note = event.note { Text(note).font(.footnote) }
        }
    }
}
