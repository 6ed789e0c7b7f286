internal import ArgumentParser
internal import Imaging
internal import Interchange

/// How pictures are read.
struct PictureArguments: ParsableArguments {
  @Option(help: "Refuse pictures with more pixels than this.")
  var maxPixels = ImageDecoder.defaultMaxPixels

  @Flag(help: "Take a JPEG that ends early, its missing part filled in, and say so.")
  var allowTruncated = false

  func validate() throws {
    guard maxPixels > 0 else { throw ValidationError("--max-pixels is a positive number") }
  }

  func decoder(applyOrientation: Bool = true) -> ImageDecoder {
    ImageDecoder(
      maxPixels: maxPixels, allowTruncated: allowTruncated, applyOrientation: applyOrientation)
  }
}

extension Failure {
  /// - Parameters:
  ///   - isListed: The file was seen in a folder a moment ago.
  ///   - memoryLimit: As `ImageDecoder.memoryLimit`.
  init(_ error: ImagingError, isListed: Bool, memoryLimit: String? = nil) {
    let kind: Kind =
      switch error {
      case .file(.notFound): isListed ? .vanished : .io
      case .file(.changed): .changed
      case .file(.tooLarge), .tooManyPixels, .overLimit, .outOfMemory: .limit
      case .file, .encoding: .io
      case .unrecognized, .invalid, .truncated, .unsupported: .decode
      }
    switch error {
    case .tooManyPixels(let count, let limit):
      self.init(
        kind,
        memoryLimit.map { "\(count) pixels exceeds \(limit), for which \($0) has room" }
          ?? "\(count) pixels exceeds --max-pixels \(limit)")
    case .file(.tooLarge):
      self.init(kind, "\(error)" + (memoryLimit.map { ", of \($0)" } ?? ""))
    case .file(.notFound) where isListed: self.init(kind, "vanished")
    case .truncated: self.init(kind, "\(error) (--allow-truncated takes it)")
    default: self.init(kind, "\(error)")
    }
  }
}
