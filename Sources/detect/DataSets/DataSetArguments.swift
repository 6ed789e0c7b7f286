internal import ArgumentParser
internal import Interchange

/// Which labelled pictures.
struct DataSetArguments: ParsableArguments {
  @Option(
    help: """
      Labels: COCO annotations (a JSON file), a folder of Pascal VOC's XML files, or a folder of \
      YOLO's text files with data.yaml, classes.txt or obj.names.
      """)
  var data: String?

  @Option(help: "Folder of the pictures (default: images or JPEGImages in or beside the labels).")
  var images: String?

  @Option(help: "Only the pictures whose names, with or without extension, this file lists.")
  var subset: String?

  @Flag(help: "Leave out labels and predictions that are wrong, and say how many.")
  var lenient = false

  /// - Throws: Exit 65 for labels that cannot be taken, naming file and line.
  func load(decoder: PictureArguments) throws -> LabelledPictures? {
    guard let data else { return nil }
    var loader = DataSetLoader(
      images: images.map { RawArguments.path(for: $0) }, decoder: decoder.decoder(),
      leniency: Leniency(isLenient: lenient))
    do {
      var loaded = try loader.load(RawArguments.path(for: data))
      if let subset { try loaded.keep(listedIn: RawArguments.path(for: subset)) }
      Self.report(loader.leniency, of: "labels")
      return loaded
    } catch let error as AnnotationError {
      throw CommandFailure(.refused, "\(error)")
    }
  }

  /// Says on standard error what was left out.
  static func report(_ leniency: Leniency, of what: String) {
    guard leniency.leftOut > 0 else { return }
    for example in leniency.examples { StandardStreams.message("\(example)") }
    StandardStreams.message("\(leniency.leftOut) \(what) left out")
  }
}
