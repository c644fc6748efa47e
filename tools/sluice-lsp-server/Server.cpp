//===- Server.cpp - The language server's side of the protocol ------------===//

#include "tools/sluice-lsp-server/Server.h"

#include "tools/sluice-lsp-server/Document.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace llvm::lsp;
using sluice::lsp::Document;

namespace {
class Server {
public:
  Server(MessageHandler &handler, const mlir::DialectRegistry &registry)
      : registry(registry),
        publish(handler.outgoingNotification<PublishDiagnosticsParams>(
            "textDocument/publishDiagnostics")) {
    handler.method("initialize", this, &Server::initialize);
    handler.notification("initialized", this, &Server::initialized);
    handler.method("shutdown", this, &Server::shutDown);
    handler.notification("textDocument/didOpen", this, &Server::open);
    handler.notification("textDocument/didChange", this, &Server::change);
    handler.notification("textDocument/didClose", this, &Server::close);
    handler.method("textDocument/hover", this, &Server::hover);
    handler.method("textDocument/definition", this, &Server::findDefinition);
    handler.method("textDocument/references", this, &Server::findReferences);
    handler.method("textDocument/completion", this, &Server::complete);
  }

  bool isShutDown = false;

private:
  void initialize(const InitializeParams &, Callback<json::Value> reply) {
    json::Object sync{
        {"openClose", true},
        {"change", static_cast<int>(TextDocumentSyncKind::Incremental)}};
    json::Object capabilities{
        {"textDocumentSync", std::move(sync)},
        {"hoverProvider", true},
        {"definitionProvider", true},
        {"referencesProvider", true},
        {"completionProvider",
         json::Object{{"triggerCharacters", {".", "%", "!"}},
                      {"resolveProvider", false}}}};
    reply(json::Object{
        {"serverInfo", json::Object{{"name", "sluice-lsp-server"}}},
        {"capabilities", std::move(capabilities)}});
  }
  void initialized(const NoParams &) {}
  void shutDown(const NoParams &, Callback<std::nullptr_t> reply) {
    isShutDown = true;
    reply(nullptr);
  }

  void update(const URIForFile &uri, std::string text, int64_t version) {
    auto document = std::make_unique<Document>(uri, std::move(text), registry);
    PublishDiagnosticsParams params(uri, version);
    params.diagnostics = document->getDiagnostics();
    documents[uri.file()] = std::move(document);
    publish(params);
  }
  void open(const DidOpenTextDocumentParams &params) {
    update(params.textDocument.uri, params.textDocument.text,
           params.textDocument.version);
  }
  void change(const DidChangeTextDocumentParams &params) {
    const Document *document = find(params.textDocument.uri);
    if (!document)
      return;
    std::string text = document->getText();
    if (failed(TextDocumentContentChangeEvent::applyTo(params.contentChanges,
                                                       text)))
      return Logger::error("changes of '{0}' do not apply",
                           params.textDocument.uri.file());
    update(params.textDocument.uri, std::move(text),
           params.textDocument.version);
  }
  void close(const DidCloseTextDocumentParams &params) {
    documents.erase(params.textDocument.uri.file());
    // What an editor still shows of it goes.
    publish(PublishDiagnosticsParams(params.textDocument.uri, 0));
  }

  const Document *find(const URIForFile &uri) const {
    auto it = documents.find(uri.file());
    return it == documents.end() ? nullptr : it->second.get();
  }
  void hover(const TextDocumentPositionParams &params,
             Callback<std::optional<Hover>> reply) {
    const Document *document = find(params.textDocument.uri);
    reply(document ? document->hover(params.position) : std::nullopt);
  }
  void findDefinition(const TextDocumentPositionParams &params,
                      Callback<std::vector<Location>> reply) {
    const Document *document = find(params.textDocument.uri);
    reply(document ? document->findDefinition(params.position)
                   : std::vector<Location>());
  }
  void findReferences(const ReferenceParams &params,
                      Callback<std::vector<Location>> reply) {
    const Document *document = find(params.textDocument.uri);
    reply(document ? document->findReferences(params.position)
                   : std::vector<Location>());
  }
  void complete(const CompletionParams &params,
                Callback<CompletionList> reply) {
    const Document *document = find(params.textDocument.uri);
    reply(document ? document->complete(params.position) : CompletionList());
  }

  const mlir::DialectRegistry &registry;
  OutgoingNotification<PublishDiagnosticsParams> publish;
  StringMap<std::unique_ptr<Document>> documents;
};
} // namespace

Error sluice::lsp::serve(JSONTransport &transport,
                         const mlir::DialectRegistry &registry) {
  MessageHandler handler(transport);
  Server server(handler, registry);
  // LLVM takes an end for a failure of the input.
  if (Error error = transport.run(handler)) {
    consumeError(std::move(error));
    return createStringError("the input ends without an 'exit'");
  }
  if (!server.isShutDown)
    return createStringError("the editor left without a shutdown");
  return Error::success();
}
