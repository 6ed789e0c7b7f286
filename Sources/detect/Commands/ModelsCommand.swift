internal import ArgumentParser
internal import Detectors

/// `detect models`, `detect models fetch NAME`.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the models that can be fetched by name, or fetch one.",
    subcommands: [List.self, Fetch.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List name, family, licence, size and whether installed.")

    func run() throws {
      let folders = ModelFolders()
      let heading = ["NAME", "FAMILY", "LICENCE", "SIZE", "INSTALLED", "FINDS"]
      let builtIn = [
        CascadeDetector.builtInName, CascadeDetector.builtInName, "MIT",
        Self.megabytes(CascadeWeights.builtInByteCount), "built in",
        "faces with landmarks (the default)",
      ]
      let rows = Catalogue.builtIn.entries.map { entry in
        [
          entry.name, entry.family, entry.licence, Self.megabytes(entry.byteCount),
          folders.installed(entry) ?? "no", entry.task,
        ]
      }
      try StandardStreams.output(Self.table([heading, builtIn] + rows))
    }

    private static func megabytes(_ byteCount: Int) -> String {
      let tenths = (byteCount + 50_000) / 100_000
      return "\(tenths / 10).\(tenths % 10) MB"
    }

    /// Columns padded to their widest cell, two spaces apart.
    private static func table(_ rows: [[String]]) -> String {
      let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
      return rows.map { row in
        var line = ""
        for (column, cell) in row.enumerated() {
          line += cell
          if column < row.count - 1 {
            line += String(repeating: " ", count: widths[column] - cell.count + 2)
          }
        }
        return line + "\n"
      }.joined()
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a model with pip, check it and put it in the model folder.",
      discussion: """
        The folder is $DETECT_MODELS, or else $XDG_DATA_HOME/detect/models, or else \
        ~/.local/share/detect/models.
        """)

    @Argument(help: "A name that `detect models` lists.")
    var name: String

    func run() throws {
      let catalogue = Catalogue.builtIn
      guard name != CascadeDetector.builtInName else {
        return StandardStreams.message("model \(name) is built in")
      }
      guard let entry = catalogue[name] else {
        let names = catalogue.entries.map(\.name).joined(separator: ", ")
        throw CommandFailure(.usage, "no model \(name) in the catalogue, which has \(names)")
      }
      let folder = try OutputFolder(InputPath(ModelFolders().target))
      try ModelFetcher(entry: entry, folder: folder, note: StandardStreams.message).fetch()
    }
  }
}
